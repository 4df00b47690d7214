// Native checks that need no Python: published prices, the kernels against each other on every instruction set this processor runs, and
// the parts that prices are made of.
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "alaris/implied.hpp"
#include "alaris/pricing.hpp"
#include "alaris/quadrature.hpp"
#include "alaris/realized_volatility.hpp"
#include "alaris/scenario.hpp"

namespace {

int failures = 0;

void expect_near(const char* what, double got, double wanted, double tolerance) {
    if (!(std::fabs(got - wanted) <= tolerance)) {
        std::printf("%s: got %.15g, wanted %.15g within %g\n", what, got, wanted, tolerance);
        ++failures;
    }
}

// Options drawn at random, in every regime.
class Drawn {
  public:
    explicit Drawn(std::size_t count) : call_(new bool[count]), count_(count) {
        std::mt19937_64 engine(7);
        const auto uniform = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(engine); };
        for (std::size_t i = 0; i < count; ++i) {
            call_[i] = uniform(0.0, 1.0) < 0.5;
            spot_.push_back(uniform(60.0, 160.0));
            time_.push_back(uniform(0.02, 3.0));
            rate_.push_back(uniform(-0.06, 0.1));
            yield_.push_back(uniform(-0.06, 0.1));
            volatility_.push_back(uniform(0.08, 0.7));
        }
    }

    alaris::Options options() const {
        alaris::Options options;
        options.count = count_;
        options.is_call = {call_.get(), 1};
        options.spot = {spot_.data(), 1};
        options.strike = {&strike_, 0};
        options.time = {time_.data(), 1};
        options.rate = {rate_.data(), 1};
        options.yield = {yield_.data(), 1};
        options.volatility = {volatility_.data(), 1};
        return options;
    }

  private:
    std::unique_ptr<bool[]> call_;
    std::size_t count_;
    double strike_ = 100.0;
    std::vector<double> spot_, time_, rate_, yield_, volatility_;
};

struct Published {
    double spot, time, rate, yield, volatility, price, tolerance;
};

// Puts struck at 100: Healy (2021), negative rates, to the digits of reference/pricing.md 2.
void published_prices() {
    const std::vector<Published> rows = {
        {100.0, 10.0, -0.005, -0.01, 0.08, 8.59780167, 2e-6},  {120.0, 10.0, -0.005, -0.01, 0.08, 2.95192128, 2e-6},
        {100.0, 20.0, -0.005, -0.01, 0.08, 11.68371245, 2e-6}, {120.0, 20.0, -0.005, -0.01, 0.08, 5.68669013, 2e-6},
        {100.0, 3.0, -0.01, -0.03, 0.22, 13.32151544, 2e-6},   {100.0, 5.0, -0.01, -0.03, 0.22, 16.76325125, 2e-6},
    };
    const bool call = false;
    const double strike = 100.0;
    for (const Published& row : rows) {
        double price = 0.0;
        alaris::Options options;
        options.count = 1;
        options.is_call = {&call, 0};
        options.spot = {&row.spot, 0};
        options.strike = {&strike, 0};
        options.time = {&row.time, 0};
        options.rate = {&row.rate, 0};
        options.yield = {&row.yield, 0};
        options.volatility = {&row.volatility, 0};
        alaris::Values values;
        values.price = &price;
        alaris::evaluate(options, alaris::Style::american, alaris::scheme(alaris::Precision::high), values, 1);
        expect_near("published put", price, row.price, row.tolerance);
        alaris::evaluate_one(options, alaris::Style::american, alaris::scheme(alaris::Precision::high), values);
        expect_near("published put alone", price, row.price, row.tolerance);
    }
}

void threads_do_not_matter() {
    constexpr std::size_t kCount = 5000;
    const Drawn drawn(kCount);
    std::vector<double> one(kCount), three(kCount);
    alaris::Values values;
    values.price = one.data();
    alaris::evaluate(drawn.options(), alaris::Style::american, alaris::scheme(alaris::Precision::accurate), values, 1);
    values.price = three.data();
    alaris::evaluate(drawn.options(), alaris::Style::american, alaris::scheme(alaris::Precision::accurate), values, 3);
    for (std::size_t i = 0; i < kCount; ++i) {
        expect_near("threads", three[i], one[i], 0.0);
    }
}

void prices_come_back_from_their_volatility() {
    constexpr std::size_t kCount = 500;
    const Drawn drawn(kCount);
    std::vector<double> price(kCount), found(kCount), again(kCount);
    std::vector<std::uint8_t> status(kCount);
    alaris::Values values;
    values.price = price.data();
    const alaris::Scheme& scheme = alaris::scheme(alaris::Precision::accurate);
    alaris::Options options = drawn.options();
    alaris::evaluate(options, alaris::Style::american, scheme, values, 1);
    alaris::implied_volatility(options, {price.data(), 1}, alaris::Style::american, scheme, found.data(), status.data(), 1);
    for (double& volatility : found) {
        volatility = std::isfinite(volatility) ? volatility : 0.0;
    }
    options.volatility = {found.data(), 1};
    values.price = again.data();
    alaris::evaluate(options, alaris::Style::american, scheme, values, 1);
    for (std::size_t i = 0; i < kCount; ++i) {
        if (status[i] == static_cast<std::uint8_t>(alaris::ImpliedStatus::ok)) {
            expect_near("price of the implied volatility", again[i], price[i], 1e-8);
        }
    }
}

void scenarios_are_prices() {
    const Drawn drawn(4);
    const double day = 3.0;
    const double volatility = 0.1;
    const std::vector<double> spot = {-0.1, 0.0, 0.1};
    std::vector<double> values(12);
    const alaris::Moves moves{1, 1, 3, &day, &volatility, spot.data()};
    alaris::scenario_values(drawn.options(), moves, alaris::Style::american, alaris::scheme(alaris::Precision::fast), values.data(), 2);
    for (const double value : values) {
        expect_near("scenario is a number", std::isfinite(value) ? 0.0 : 1.0, 0.0, 0.0);
    }
}

void gauss_integrates_polynomials() {
    const alaris::GaussRule rule = alaris::gauss_legendre(9);
    double sum = 0.0;
    for (std::size_t i = 0; i < rule.node.size(); ++i) {
        sum += rule.weight[i] * std::pow(rule.node[i], 17.0);
    }
    expect_near("x^17 on [0, 1]", sum, 1.0 / 18.0, 1e-15);
}

void flat_bars_have_no_volatility() {
    const std::vector<double> price(100, 42.0);
    std::vector<double> out(100);
    const alaris::Bars bars{100, {price.data(), price.data(), price.data(), price.data()}};
    alaris::realized_volatility(alaris::MoveSet::yang_zhang, bars, {30, 20, 252}, out.data());
    expect_near("flat bars", out[99], 0.0, 0.0);
    expect_near("too few bars", std::isnan(out[19]) ? 1.0 : 0.0, 1.0, 0.0);
}

}  // namespace

int main() {
    published_prices();
    threads_do_not_matter();
    prices_come_back_from_their_volatility();
    scenarios_are_prices();
    gauss_integrates_polynomials();
    flat_bars_have_no_volatility();
    std::printf("%s: %d failures\n", alaris::kernels().name, failures);
    return failures == 0 ? 0 : 1;
}
