// Every public function of the core called with whatever a fuzzer thinks of: nothing may be read or written out of bounds, what is
// accepted is answered with a number inside its bounds, and the answer does not depend on the threads, on the neighbours in the batch, or
// on whether the Greeks were asked for.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "alaris/errors.hpp"
#include "alaris/implied.hpp"
#include "alaris/kernels.hpp"
#include "alaris/pricing.hpp"
#include "alaris/realized_volatility.hpp"
#include "alaris/scenario.hpp"
#include "bytes.hpp"

namespace alaris::fuzz {
namespace {

void require(bool holds, const char* what, const Options& options, std::size_t i, double value) {
    if (holds) {
        return;
    }
    std::printf("%s: %.17g at %zu; call %d spot %.17g strike %.17g time %.17g rate %.17g yield %.17g", what, value, i,
                static_cast<int>(options.is_call[i]), options.spot[i], options.strike[i], options.time[i], options.rate[i],
                options.yield[i]);
    std::printf(" volatility %.17g\n", options.volatility.data == nullptr ? 0.0 : options.volatility[i]);
    std::fflush(stdout);
    std::abort();
}

// Options with columns of one value or one each, as the bindings pass them.
class Batch {
  public:
    Batch(Bytes& bytes, std::size_t count, bool sane) : is_call_(std::make_unique<bool[]>(count)) {
        options_.count = count;
        options_.is_call = {is_call_.get(), bytes.below(4) == 0 ? std::size_t{0} : 1};
        const std::size_t own = std::min<std::size_t>(count, kOwn);
        for (std::size_t i = 0; i < count; ++i) {
            is_call_[i] = i < own ? bytes.below(2) == 1 : is_call_[i % own];
        }
        const bool wild = !sane && bytes.below(3) == 0;
        options_.spot = column(bytes, count, 0, [&] { return wild ? bytes.positive(1e-49, 1e49) : bytes.positive(10.0, 1000.0); });
        options_.strike = column(bytes, count, 1, [&] { return wild ? bytes.positive(1e-49, 1e49) : bytes.positive(20.0, 500.0); });
        options_.time = column(bytes, count, 2, [&] { return wild ? bytes.positive(1e-12, 200.0) : bytes.number(0.0, 5.0); });
        options_.rate = column(bytes, count, 3, [&] { return wild ? bytes.number(-3.0, 3.0) : bytes.number(-0.1, 0.12); });
        options_.yield = column(bytes, count, 4, [&] { return wild ? bytes.number(-3.0, 3.0) : bytes.number(-0.1, 0.12); });
        options_.volatility = column(bytes, count, 5, [&] { return wild ? bytes.positive(1e-9, 20.0) : bytes.number(0.0, 1.5); });
    }

    const Options& options() const { return options_; }

    // The option alone, in columns of its own.
    Options alone(std::size_t i) const {
        Options one = options_;
        one.count = 1;
        one.is_call = {options_.is_call.data + i * options_.is_call.stride, 0};
        for (Column<double> Options::*field :
             {&Options::spot, &Options::strike, &Options::time, &Options::rate, &Options::yield, &Options::volatility}) {
            one.*field = {(options_.*field).data + i * (options_.*field).stride, 0};
        }
        return one;
    }

  private:
    static constexpr std::size_t kOwn = 24;  // distinct values; longer columns repeat them

    template <class Draw>
    Column<double> column(Bytes& bytes, std::size_t count, int field, const Draw& draw) {
        const bool one = bytes.below(3) == 0;
        std::vector<double>& values = columns_[static_cast<std::size_t>(field)];
        const std::size_t own = one ? 1 : std::min<std::size_t>(count, kOwn);
        for (std::size_t i = 0; i < (one ? 1 : count); ++i) {
            values.push_back(i < own ? draw() : values[i % own]);
        }
        return {values.data(), one ? std::size_t{0} : std::size_t{1}};
    }

    std::unique_ptr<bool[]> is_call_;
    std::array<std::vector<double>, 6> columns_;
    Options options_;
};

const Scheme& drawn_scheme(Bytes& bytes) {
    static const Scheme& odd = scheme(SchemeSize{nullptr, 3, 4, 5, 1, 2, 5e-2});
    static const Scheme& wide = scheme(SchemeSize{&scheme(Precision::fast), kMostNodes, kMostQuadrature, 70, 1, 1, 1e-3});
    switch (bytes.below(12)) {
        case 0:
            return scheme(Precision::high);
        case 1:
            return odd;
        case 2:
            return bytes.below(8) == 0 ? wide : scheme(Precision::high);
        case 3:
            return bytes.below(16) == 0 ? scheme(Precision::reference) : scheme(Precision::fast);
        case 4:
        case 5:
        case 6:
            return scheme(Precision::accurate);
        default:
            return scheme(Precision::fast);
    }
}

Style drawn_style(Bytes& bytes) {
    return bytes.below(4) == 0 ? Style::european : Style::american;
}

bool accepted(const Options& options) {
    try {
        check(options);
    } catch (const InvalidInput&) {
        return false;
    }
    return true;
}

double ceiling(const Options& options, Style style, std::size_t i) {
    const double spot = options.spot[i] * std::exp(-options.yield[i] * options.time[i]);
    const double bond = options.strike[i] * std::exp(-options.rate[i] * options.time[i]);
    if (style == Style::european) {
        return options.is_call[i] ? spot : bond;
    }
    return options.is_call[i] ? std::max(spot, options.spot[i]) : std::max(bond, options.strike[i]);
}

// Prices on one thread, with Greeks on several, and alone.
void prices(Bytes& bytes) {
    const bool many = bytes.below(16) == 0;
    const Scheme& numbers = many ? scheme(Precision::fast) : drawn_scheme(bytes);
    const Style style = drawn_style(bytes);
    const Batch batch(bytes, many ? std::size_t{2100} : static_cast<std::size_t>(bytes.below(24)), false);
    const Options& options = batch.options();
    if (!accepted(options)) {
        return;
    }
    std::vector<double> out[7];
    for (auto& column : out) {
        column.resize(options.count);
    }
    Values values;
    values.price = out[0].data();
    evaluate(options, style, numbers, values, 1);
    const int wanted = bytes.below(3);
    values = {out[1].data(),
              wanted > 0 ? out[2].data() : nullptr,
              wanted > 0 ? out[3].data() : nullptr,
              wanted > 0 ? out[4].data() : nullptr,
              wanted > 1 ? out[5].data() : nullptr,
              wanted > 1 ? out[6].data() : nullptr};
    evaluate(options, style, numbers, values, many ? 3 : bytes.between(1, 3));
    for (std::size_t i = 0; i < options.count; ++i) {
        const double price = out[0][i];
        const double intrinsic =
            std::max(options.is_call[i] ? options.spot[i] - options.strike[i] : options.strike[i] - options.spot[i], 0.0);
        const double most = ceiling(options, style, i);
        require(price <= most * (1.0 + 1e-9), "price above its ceiling", options, i, price);
        require(price >= (style == Style::american ? intrinsic : 0.0), "price below its floor", options, i, price);
        const double scale = std::max(most, std::max(options.spot[i], options.strike[i]));
        require(std::fabs(out[1][i] - price) <= 1e-9 * scale, "price with Greeks", options, i, out[1][i]);
        for (int greek = 2; greek < 7 && wanted > 0; ++greek) {
            require(greek > 4 && wanted == 1 ? true : !std::isnan(out[greek][i]), "Greek is not a number", options, i, greek);
        }
    }
    if (options.count > 0) {
        const auto i = static_cast<std::size_t>(bytes.byte()) % options.count;
        double price = 0.0;
        Values one;
        one.price = &price;
        evaluate_one(batch.alone(i), style, numbers, one);
        const double scale = std::max(ceiling(options, style, i), std::max(options.spot[i], options.strike[i]));
        require(std::fabs(price - out[0][i]) <= 1e-9 * scale, "price alone", options, i, price);
    }
}

// Quotes of any kind: none may stop the batch, and a volatility comes with the status that says so.
void implied(Bytes& bytes) {
    const Scheme& numbers = bytes.below(2) == 0 ? scheme(Precision::fast) : scheme(Precision::accurate);
    const Style style = drawn_style(bytes);
    const Batch batch(bytes, static_cast<std::size_t>(bytes.below(24)), false);
    const Options& options = batch.options();
    if (!accepted(options)) {
        return;
    }
    std::vector<double> quoted(options.count), found(options.count), again(options.count);
    if (bytes.below(2) == 0) {
        Values values;
        values.price = quoted.data();
        evaluate(options, style, numbers, values, 1);
    } else {
        for (double& quote : quoted) {
            quote = bytes.number(0.0, 200.0);
        }
    }
    std::vector<std::uint8_t> status(options.count), status_again(options.count);
    const Column<double> column{quoted.data(), 1};
    implied_volatility(options, column, style, numbers, found.data(), status.data(), 1);
    implied_volatility(options, column, style, numbers, again.data(), status_again.data(), 2);
    for (std::size_t i = 0; i < options.count; ++i) {
        const bool ok = status[i] == static_cast<std::uint8_t>(ImpliedStatus::ok);
        require(ok ? found[i] > 0.0 && found[i] <= 20.0 : std::isnan(found[i]), "implied volatility", options, i, found[i]);
        require(status[i] == status_again[i] && (!ok || found[i] == again[i]), "implied volatility on threads", options, i, again[i]);
    }
}

void boundaries(Bytes& bytes) {
    const Scheme& numbers = drawn_scheme(bytes);
    const Batch batch(bytes, static_cast<std::size_t>(bytes.below(12)), false);
    const Options& options = batch.options();
    if (!accepted(options)) {
        return;
    }
    std::vector<double> times(options.count), upper(options.count), lower(options.count);
    for (std::size_t i = 0; i < options.count; ++i) {
        times[i] = options.time[i] * bytes.byte() / 255.0;
    }
    exercise_boundary(options, {times.data(), 1}, numbers, {upper.data(), lower.data()}, bytes.between(1, 2));
    for (std::size_t i = 0; i < options.count; ++i) {
        require(std::isnan(upper[i]) || upper[i] >= 0.0, "upper boundary", options, i, upper[i]);
        require(std::isnan(lower[i]) || lower[i] >= 0.0, "lower boundary", options, i, lower[i]);
        require(!(upper[i] < lower[i] * (1.0 - 1e-6)), "boundaries crossed", options, i, upper[i] - lower[i]);
    }
}

void scenarios(Bytes& bytes) {
    const Batch batch(bytes, static_cast<std::size_t>(bytes.below(4)), false);
    const Options& options = batch.options();
    const auto moves = [&](int most, double low, double high) {
        std::vector<double> column(static_cast<std::size_t>(bytes.below(most)));
        for (double& move : column) {
            move = std::clamp(bytes.number(low, high), low, high);
            move = std::isnan(move) ? 0.0 : move;
        }
        return column;
    };
    const std::vector<double> days = moves(4, 0.0, 400.0);
    const std::vector<double> volatilities = moves(4, -1.0, 3.0);
    const std::vector<double> spots = moves(20, -0.999999, 5.0);
    if (!accepted(options)) {
        return;
    }
    std::vector<double> values(options.count * days.size() * volatilities.size() * spots.size(), -1.0);
    const Style style = drawn_style(bytes);
    const Moves grid{days.size(), volatilities.size(), spots.size(), days.data(), volatilities.data(), spots.data()};
    scenario_values(options, grid, style, drawn_scheme(bytes), values.data(), bytes.between(1, 3));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t leg = i * options.count / values.size();
        require(values[i] >= 0.0, "scenario value", options, leg, values[i]);
    }
}

void realized(Bytes& bytes) {
    const auto count = static_cast<std::size_t>(bytes.below(8) == 0 ? bytes.byte() * 9 : bytes.byte());
    std::vector<double> columns[4];
    double level = 100.0;
    const bool quiet = bytes.below(4) == 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (auto& column : columns) {
            level = quiet ? level : bytes.number(90.0, 110.0);
            column.push_back(level);
        }
    }
    const int length = bytes.between(2, bytes.below(4) == 0 ? 250 : 40);
    const Window window{length, bytes.between(2, length), bytes.between(1, 252)};
    const auto set = static_cast<MoveSet>(bytes.below(5));
    std::vector<double> out(count, -1.0);
    realized_volatility(set, {count, {columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()}}, window, out.data());
    for (const double value : out) {
        if (!(std::isnan(value) || (value >= 0.0 && value < 1e6))) {
            std::printf("realised volatility %.17g of set %d, window %d\n", value, static_cast<int>(set), length);
            std::abort();
        }
    }
}

}  // namespace

void one_input(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    switch (bytes.below(8)) {
        case 0:
        case 1:
        case 2:
            return prices(bytes);
        case 3:
        case 4:
            return implied(bytes);
        case 5:
            return boundaries(bytes);
        case 6:
            return scenarios(bytes);
        default:
            return realized(bytes);
    }
}

}  // namespace alaris::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    alaris::fuzz::one_input(data, size);
    return 0;
}
