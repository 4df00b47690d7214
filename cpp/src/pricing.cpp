#include "alaris/pricing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "alaris/errors.hpp"
#include "alaris/kernels.hpp"
#include "alaris/parallel.hpp"

namespace alaris {
namespace {

constexpr std::size_t kBlock = 1024;

template <class Accept>
void require(const Options& options, const Column<double>& column, const char* field, const char* rule, const Accept& accept) {
    const std::size_t values = column.stride == 0 ? std::min<std::size_t>(options.count, 1) : options.count;
    for (std::size_t i = 0; i < values; ++i) {
        if (!accept(column.data[i])) {
            throw InvalidInput(field, std::string(rule) + "; value " + std::to_string(column.data[i]) + " at index " + std::to_string(i));
        }
    }
}

// One option as a put with strike 1: a call on S struck at K is a put on K struck at S with rate and yield exchanged
// (R. McDonald and M. Schroder, "A parity result for American options", J. Comp. Finance 1, 1998).
struct Put {
    double spot, time, rate, yield, volatility, unit;
};

Put put_of(const Options& options, std::size_t i) {
    const double spot = options.spot[i];
    const double strike = options.strike[i];
    const double rate = options.rate[i];
    const double yield = options.yield[i];
    if (options.is_call[i]) {
        return {strike / spot, options.time[i], yield, rate, options.volatility[i], spot};
    }
    return {spot / strike, options.time[i], rate, yield, options.volatility[i], strike};
}

enum class Kind { fixed, european, single, both };

// Without randomness to speak of the holder only chooses a date.
bool is_fixed(const Put& put) {
    return put.time < 1e-10 || put.volatility * std::sqrt(put.time) < 1e-7;
}

Kind kind_of(const Put& put, Style style) {
    if (is_fixed(put)) {
        return Kind::fixed;
    }
    if (style == Style::european) {
        return Kind::european;
    }
    if (put.rate > 0.0 || (put.rate == 0.0 && put.yield < 0.0)) {
        return Kind::single;
    }
    return put.rate < 0.0 && put.yield < put.rate ? Kind::both : Kind::european;
}

struct Value {
    double price, delta, gamma, vega, rate_slope, yield_slope;
};

// Volatility zero: the best of exercising now, at expiry, and (if it lies between) when e^{-rt} - x e^{-qt} peaks.
Value fixed_value(const Put& put, Style style) {
    const auto at = [&](double time) {
        const double bond = std::exp(-put.rate * time);
        const double stock = std::exp(-put.yield * time);
        Value value{bond - put.spot * stock, -stock, 0.0, 0.0, -time * bond, time * put.spot * stock};
        return value.price > 0.0 ? value : Value{};
    };
    Value best = at(put.time);
    if (style == Style::european) {
        return best;
    }
    const double peak = std::log(put.rate / (put.yield * put.spot)) / (put.rate - put.yield);
    for (const double time : {0.0, peak}) {
        if (time >= 0.0 && time < put.time) {
            const Value other = at(time);
            best = other.price > best.price ? other : best;
        }
    }
    return best;
}

// Puts of one kind, gathered, and where they came from.
class Gathered {
  public:
    void add(const Put& put, std::size_t index) {
        spot_[count_] = put.spot;
        time_[count_] = put.time;
        rate_[count_] = put.rate;
        yield_[count_] = put.yield;
        volatility_[count_] = put.volatility;
        index_[count_++] = index;
    }

    std::size_t count() const { return count_; }
    std::size_t index(std::size_t i) const { return index_[i]; }
    PutArrays puts() const { return {count_, spot_.data(), time_.data(), rate_.data(), yield_.data(), volatility_.data()}; }

  private:
    using Numbers = std::array<double, kBlock>;
    std::size_t count_ = 0;
    Numbers spot_, time_, rate_, yield_, volatility_;
    std::array<std::size_t, kBlock> index_;
};

class Block {
  public:
    Block(const Options& options, Style style, const Scheme& scheme, const Values& values)
        : options_(options), style_(style), scheme_(scheme), values_(values), greeks_(values.delta != nullptr) {}

    void run(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Put put = put_of(options_, i);
            switch (kind_of(put, style_)) {
                case Kind::fixed:
                    write(i, put, fixed_value(put, style_));
                    break;
                case Kind::european:
                    european_.add(put, i);
                    break;
                case Kind::single:
                    single_.add(put, i);
                    break;
                case Kind::both:
                    both_.add(put, i);
                    break;
            }
        }
        const Kernels& kernel = kernels();
        finish(european_, [&](const PutArrays& puts, const ValueArrays& out) { kernel.european(puts, out); });
        finish(single_, [&](const PutArrays& puts, const ValueArrays& out) { kernel.american_single(puts, scheme_, out); });
        finish(both_, [&](const PutArrays& puts, const ValueArrays& out) { kernel.american_both(puts, scheme_, out); });
    }

  private:
    template <class Kernel>
    void finish(const Gathered& gathered, const Kernel& kernel) {
        if (gathered.count() == 0) {
            return;
        }
        ValueArrays out{price_.data(), nullptr, nullptr, nullptr, nullptr, nullptr};
        if (greeks_) {
            out = {price_.data(), delta_.data(), gamma_.data(), vega_.data(), rate_slope_.data(), yield_slope_.data()};
        }
        kernel(gathered.puts(), out);
        for (std::size_t j = 0; j < gathered.count(); ++j) {
            const std::size_t i = gathered.index(j);
            const Value value = greeks_ ? Value{price_[j], delta_[j], gamma_[j], vega_[j], rate_slope_[j], yield_slope_[j]}
                                        : Value{price_[j], 0.0, 0.0, 0.0, 0.0, 0.0};
            write(i, put_of(options_, i), value);
        }
    }

    // From the put with strike 1 back to the option.
    void write(std::size_t i, const Put& put, const Value& value) const {
        const bool call = options_.is_call[i];
        const double spot = options_.spot[i];
        const double strike = options_.strike[i];
        const double intrinsic = std::max(call ? spot - strike : strike - spot, 0.0);
        const bool exercised = style_ == Style::american && put.spot < 1.0 && value.price == 1.0 - put.spot;
        double price = exercised ? intrinsic : put.unit * value.price;
        if (style_ == Style::american) {
            price = std::max(price, intrinsic);
        }
        values_.price[i] = price;
        if (!greeks_) {
            return;
        }
        const double delta = call ? value.price - put.spot * value.delta : value.delta;
        const double gamma = call ? put.spot * put.spot * value.gamma / spot : value.gamma / strike;
        const double volatility = options_.volatility[i];
        const double rate = options_.rate[i];
        values_.delta[i] = delta;
        values_.gamma[i] = gamma;
        values_.theta[i] =
            exercised ? 0.0
                      : rate * price - (rate - options_.yield[i]) * spot * delta - 0.5 * volatility * volatility * spot * spot * gamma;
        values_.vega[i] = put.unit * value.vega;
        values_.rho[i] = put.unit * (call ? value.yield_slope : value.rate_slope);
    }

    using Numbers = std::array<double, kBlock>;
    const Options& options_;
    Style style_;
    const Scheme& scheme_;
    const Values& values_;
    bool greeks_;
    Gathered european_, single_, both_;
    Numbers price_, delta_, gamma_, vega_, rate_slope_, yield_slope_;
};

}  // namespace

void check(const Options& options) {
    const auto positive = [](double x) { return x > 0.0 && x < 1e100; };
    require(options, options.spot, "spot", "must be a positive finite number", positive);
    require(options, options.strike, "strike", "must be a positive finite number", positive);
    require(options, options.time, "time", "must be years from 0 to 200", [](double x) { return x >= 0.0 && x <= 200.0; });
    const auto moderate = [](double x) { return x >= -3.0 && x <= 3.0; };
    require(options, options.rate, "rate", "must be a continuously compounded rate between -3 and 3 a year", moderate);
    require(options, options.yield, "dividend_yield", "must be a continuously compounded yield between -3 and 3 a year", moderate);
    if (options.volatility.data != nullptr) {
        require(options, options.volatility, "volatility", "must be between 0 and 20 a year",
                [](double x) { return x >= 0.0 && x <= 20.0; });
    }
}

void evaluate(const Options& options, Style style, const Scheme& scheme, const Values& values, int threads) {
    in_blocks(options.count, kBlock, threads,
              [&](std::size_t begin, std::size_t end) { Block(options, style, scheme, values).run(begin, end); });
}

}  // namespace alaris
