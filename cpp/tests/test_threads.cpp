// The threaded batches, for ThreadSanitizer (make tsan): every function that takes a number of threads, called from several callers at
// once, first of all while the shared tables and the choice of kernels are still to be made.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "alaris/implied.hpp"
#include "alaris/kernels.hpp"
#include "alaris/pricing.hpp"
#include "alaris/realized_volatility.hpp"
#include "alaris/scenario.hpp"

namespace {

constexpr std::size_t kCount = 3500;  // four blocks

// Calls and puts in every regime.
struct Book {
    std::unique_ptr<bool[]> call{new bool[kCount]};
    std::vector<double> columns[6];

    Book() {
        std::mt19937_64 engine(11);
        const double ranges[6][2] = {{60.0, 160.0}, {100.0, 100.0}, {0.0, 2.0}, {-0.06, 0.1}, {-0.06, 0.1}, {0.0, 0.6}};
        for (std::size_t i = 0; i < kCount; ++i) {
            call[i] = engine() % 2 == 0;
            for (int field = 0; field < 6; ++field) {
                columns[field].push_back(std::uniform_real_distribution<double>(ranges[field][0], ranges[field][1])(engine));
            }
        }
    }

    alaris::Options options(std::size_t count = kCount) const {
        return {count,
                {call.get(), 1},
                {columns[0].data(), 1},
                {columns[1].data(), 1},
                {columns[2].data(), 1},
                {columns[3].data(), 1},
                {columns[4].data(), 1},
                {columns[5].data(), 1}};
    }
};

using Numbers = std::vector<double>;
using Work = std::function<Numbers(int threads)>;

const alaris::Scheme& fast() {
    return alaris::scheme(alaris::Precision::fast);
}

Numbers greeks(const Book& book, alaris::Style style, int threads) {
    Numbers out(6 * kCount);
    double* at = out.data();
    const alaris::Values values{at, at + kCount, at + 2 * kCount, at + 3 * kCount, at + 4 * kCount, at + 5 * kCount};
    alaris::evaluate(book.options(), style, fast(), values, threads);
    return out;
}

Numbers implied(const Book& book, alaris::Style style, int threads) {
    Numbers price(kCount), found(kCount);
    alaris::Values values;
    values.price = price.data();
    alaris::evaluate(book.options(), style, fast(), values, threads);
    std::vector<std::uint8_t> status(kCount);
    alaris::implied_volatility(book.options(), {price.data(), 1}, style, fast(), found.data(), status.data(), threads);
    std::replace_if(
        found.begin(), found.end(), [](double x) { return !(x > 0.0); }, 0.0);
    return found;
}

Numbers boundary(const Book& book, int threads) {
    Numbers upper(kCount), lower(kCount);
    alaris::exercise_boundary(book.options(), {book.columns[2].data(), 1}, fast(), {upper.data(), lower.data()}, threads);
    upper.insert(upper.end(), lower.begin(), lower.end());
    std::replace_if(
        upper.begin(), upper.end(), [](double x) { return !(x > 0.0); }, 0.0);
    return upper;
}

Numbers scenario(const Book& book, int threads) {
    const Numbers days = {0.0, 30.0}, volatilities = {-0.1, 0.2}, spots = {-0.2, -0.1, 0.0, 0.1, 0.2};
    const alaris::Moves moves{2, 2, 5, days.data(), volatilities.data(), spots.data()};
    constexpr std::size_t kLegs = 60;
    Numbers out(kLegs * 20);
    alaris::scenario_values(book.options(kLegs), moves, alaris::Style::american, fast(), out.data(), threads);
    return out;
}

Numbers realized(const Book& book, int) {
    Numbers out(kCount);
    const double* bars = book.columns[0].data();
    alaris::realized_volatility(alaris::MoveSet::yang_zhang, {kCount, {bars, bars, bars, bars}}, {30, 30, 252}, out.data());
    std::replace_if(
        out.begin(), out.end(), [](double x) { return !(x >= 0.0); }, 0.0);
    return out;
}

}  // namespace

int main() {
    const Book book;
    using alaris::Style;
    const std::vector<Work> works = {
        [&](int threads) { return greeks(book, Style::american, threads); },
        [&](int threads) { return greeks(book, Style::european, threads); },
        [&](int threads) { return implied(book, Style::american, threads); },
        [&](int threads) { return implied(book, Style::european, threads); },
        [&](int threads) { return boundary(book, threads); },
        [&](int threads) { return scenario(book, threads); },
        [&](int threads) { return realized(book, threads); },
    };
    // two callers a function at once, each on two threads of its own
    std::vector<Numbers> shared(2 * works.size());
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < shared.size(); ++i) {
        callers.emplace_back([&, i] { shared[i] = works[i / 2](2); });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    int failures = 0;
    for (std::size_t i = 0; i < shared.size(); ++i) {
        failures += shared[i] == works[i / 2](1) ? 0 : 1;
    }
    std::printf("%s: %d of %zu threaded batches differ\n", alaris::kernels().name, failures, shared.size());
    return failures == 0 ? 0 : 1;
}
