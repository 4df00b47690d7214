#include "alaris/pricing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "alaris/errors.hpp"
#include "alaris/kernels.hpp"
#include "alaris/parallel.hpp"
#include "alaris/puts.hpp"

namespace alaris {
namespace {

template <class Accept>
void require(const Options& options, const Column<double>& column, const char* field, const char* rule, const Accept& accept) {
    const std::size_t values = column.stride == 0 ? std::min<std::size_t>(options.count, 1) : options.count;
    for (std::size_t i = 0; i < values; ++i) {
        if (!accept(column.data[i])) {
            throw InvalidInput(field, std::string(rule) + "; value " + std::to_string(column.data[i]) + " at index " + std::to_string(i));
        }
    }
}

// Past e^100 nothing is a price any more, and further on products of growth and spot leave the range of a double.
void require_moderate_growth(const Options& options, const Column<double>& column, const char* field) {
    const std::size_t values = column.stride == 0 && options.time.stride == 0 ? std::min<std::size_t>(options.count, 1) : options.count;
    for (std::size_t i = 0; i < values; ++i) {
        const double growth = column[i] * options.time[i];
        if (!(std::fabs(growth) <= kMostGrowth)) {
            throw InvalidInput(field, "must be between -100 and 100 over the option's whole time; value " + std::to_string(column[i]) +
                                          " over " + std::to_string(options.time[i]) + " years at index " + std::to_string(i));
        }
    }
}

struct Value {
    double price, delta, gamma, vega, carry;
};

// From the put with strike 1 back to the option.
void write(const Options& options, Style style, const Values& values, std::size_t i, const Put& put, const Value& value) {
    const bool call = options.is_call[i];
    const double spot = options.spot[i];
    const double strike = options.strike[i];
    const double intrinsic = std::max(call ? spot - strike : strike - spot, 0.0);
    const bool exercised = style == Style::american && put.spot < 1.0 && value.price == 1.0 - put.spot;
    double price = exercised ? intrinsic : put.unit * value.price;
    if (style == Style::american) {
        price = std::max(price, intrinsic);
    }
    values.price[i] = price;
    if (values.delta == nullptr) {
        return;
    }
    const double delta = call ? value.price - put.spot * value.delta : value.delta;
    const double gamma = call ? put.spot * (put.spot * value.gamma) / spot : value.gamma / strike;  // a zero stays one far out
    const double volatility = options.volatility[i];
    const double rate = options.rate[i];
    values.delta[i] = delta;
    values.gamma[i] = gamma;
    values.theta[i] =
        exercised ? 0.0 : rate * price - (rate - options.yield[i]) * spot * delta - 0.5 * volatility * volatility * spot * spot * gamma;
    if (values.vega != nullptr) {
        values.vega[i] = put.unit * value.vega;
        values.rho[i] = put.unit * value.carry;
    }
}

class Block {
  public:
    Block(const Options& options, Style style, const Scheme& scheme, const Values& values)
        : options_(options), style_(style), scheme_(scheme), values_(values), greeks_(values.delta != nullptr) {}

    void run(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Put put = put_of(options_, i);
            if (is_certain(put.time, put.volatility)) {
                const CertainValue value = certain_value(put, style_);
                write(options_, style_, values_, i, put, {value.price, value.delta, 0.0, 0.0, value.carry});
            } else {
                gathered_[slot_of(put, style_)].add(put, i);
            }
        }
        const Kernels& kernel = kernels();
        finish(gathered_[0], scheme_, [&](const PutArrays& puts, const Scheme&, const ValueArrays& out) { kernel.european(puts, out); });
        finish(gathered_[1], scheme_, kernel.american_single);
        for (std::size_t slot = 2; slot < kSlots; ++slot) {
            finish(gathered_[slot], scheme_, kernel.american_both);
        }
    }

  private:
    template <class Kernel>
    void finish(const Gathered& gathered, const Scheme& scheme, const Kernel& kernel) {
        if (gathered.count() == 0) {
            return;
        }
        ValueArrays out{price_.data(), nullptr, nullptr, nullptr, nullptr, change_.data()};
        if (greeks_) {
            const bool slopes = values_.vega != nullptr;
            out = {price_.data(), delta_.data(), gamma_.data(), slopes ? vega_.data() : nullptr, slopes ? carry_.data() : nullptr,
                   change_.data()};
        }
        change_.fill(0.0);
        kernel(gathered.puts(), scheme, out);
        again_.clear();
        for (std::size_t j = 0; j < gathered.count(); ++j) {
            const std::size_t i = gathered.index(j);
            const Put put = put_of(options_, i);
            if (scheme.patient != nullptr && !(change_[j] <= scheme.tolerance)) {
                again_.add(put, i);
                continue;
            }
            write(options_, style_, values_, i, put,
                  greeks_ ? Value{price_[j], delta_[j], gamma_[j], vega_[j], carry_[j]} : Value{price_[j], 0.0, 0.0, 0.0, 0.0});
        }
        if (again_.count() > 0) {
            const Gathered unsettled = again_;
            finish(unsettled, *scheme.patient, kernel);
        }
    }

    using Numbers = std::array<double, kBlock>;
    const Options& options_;
    Style style_;
    const Scheme& scheme_;
    const Values& values_;
    bool greeks_;
    std::array<Gathered, kSlots> gathered_;
    Gathered again_;
    Numbers price_, delta_, gamma_, vega_, carry_, change_;
};

}  // namespace

void check(const Options& options) {
    const auto positive = [](double x) { return x > 1e-50 && x < 1e50; };
    require(options, options.spot, "spot", "must be positive, between 1e-50 and 1e50", positive);
    require(options, options.strike, "strike", "must be positive, between 1e-50 and 1e50", positive);
    require(options, options.time, "time", "must be years from 0 to 200", [](double x) { return x >= 0.0 && x <= 200.0; });
    const auto moderate = [](double x) { return x >= -3.0 && x <= 3.0; };
    require(options, options.rate, "rate", "must be a continuously compounded rate between -3 and 3 a year", moderate);
    require(options, options.yield, "dividend_yield", "must be a continuously compounded yield between -3 and 3 a year", moderate);
    if (options.volatility.data != nullptr) {
        require(options, options.volatility, "volatility", "must be between 0 and 20 a year",
                [](double x) { return x >= 0.0 && x <= 20.0; });
    }
    require_moderate_growth(options, options.rate, "rate");
    require_moderate_growth(options, options.yield, "dividend_yield");
}

void evaluate_one(const Options& options, Style style, const Scheme& scheme, const Values& values) {
    const Put put = put_of(options, 0);
    Value value{};
    if (is_certain(put.time, put.volatility)) {
        const CertainValue certain = certain_value(put, style);
        write(options, style, values, 0, put, {certain.price, certain.delta, 0.0, 0.0, certain.carry});
        return;
    }
    const double share = put.call ? 0.0 : 1.0;
    const PutArrays puts{1, &put.spot, &put.time, &put.rate, &put.yield, &put.volatility, &share};
    double change = 0.0;
    const bool greeks = values.delta != nullptr;
    const bool slopes = values.vega != nullptr;
    const ValueArrays out{&value.price,
                          greeks ? &value.delta : nullptr,
                          greeks ? &value.gamma : nullptr,
                          slopes ? &value.vega : nullptr,
                          slopes ? &value.carry : nullptr,
                          &change};
    const PutKind kind = kind_of(put, style);
    if (kind == PutKind::european) {
        kernels().european(puts, out);
    } else {
        const auto kernel = kind == PutKind::single ? kernels().american_single : kernels().american_both;
        kernel(puts, scheme, out);
        if (scheme.patient != nullptr && !(change <= scheme.tolerance)) {
            kernel(puts, *scheme.patient, out);
        }
    }
    write(options, style, values, 0, put, value);
}

void evaluate(const Options& options, Style style, const Scheme& scheme, const Values& values, int threads) {
    in_blocks(options.count, kBlock, threads,
              [&](std::size_t begin, std::size_t end) { Block(options, style, scheme, values).run(begin, end); });
}

}  // namespace alaris
