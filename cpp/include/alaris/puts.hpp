// Every option as a put with strike 1, sorted by the way it can be exercised: what the kernels take.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "alaris/kernels.hpp"
#include "alaris/pricing.hpp"

namespace alaris {

inline constexpr std::size_t kBlock = 1024;
inline constexpr double kMostGrowth = 100.0;  // |rate| times time

struct Put {
    double spot, time, rate, yield, volatility;  // spot in strikes
    double unit;                                 // what a price of one is worth
    bool call;                                   // the option was one
};

// A call on S struck at K is a put on K struck at S with rate and yield exchanged (R. McDonald and M. Schroder, "A parity result for
// American options", J. Comp. Finance 1, 1998).
inline Put put_of(const Options& options, std::size_t i) {
    const double spot = options.spot[i];
    const double strike = options.strike[i];
    const double rate = options.rate[i];
    const double yield = options.yield[i];
    const double volatility = options.volatility.data == nullptr ? 0.0 : options.volatility[i];
    if (options.is_call[i]) {
        return {strike / spot, options.time[i], yield, rate, volatility, spot, true};
    }
    return {spot / strike, options.time[i], rate, yield, volatility, strike, false};
}

// The signs of rate and yield decide (Healy 2021, proposition 1).
inline PutKind kind_of(const Put& put, Style style) {
    if (style == Style::european) {
        return PutKind::european;
    }
    if (put.rate > 0.0 || (put.rate == 0.0 && put.yield < 0.0)) {
        return PutKind::single;
    }
    // where the rates differ by rounding only, the boundaries meet at once
    return put.rate < 0.0 && put.yield * (1.0 - 1e-9) < put.rate ? PutKind::both : PutKind::european;
}

// Where a put is gathered: by kind, and those with two boundaries by whether they will likely need but the upper one (2) or outlive the
// meeting (4), so that all lanes of a group can take the same way. A guess: what it gets wrong costs time only.
inline constexpr std::size_t kSlots = 5;

inline std::size_t slot_of(const Put& put, Style style) {
    const PutKind kind = kind_of(put, style);
    if (kind != PutKind::both) {
        return static_cast<std::size_t>(kind);
    }
    const double gap = std::log(put.yield / put.rate);
    const double spread = put.volatility * std::sqrt(put.time);
    const bool apart = spread < 0.3 * gap && std::log(put.spot) > 0.7 * spread - 0.9 * gap;
    return apart ? 2 : spread < 0.5 * gap ? 3 : 4;
}

// Without randomness to speak of the holder only chooses a date.
inline bool is_certain(double time, double volatility) {
    return time < 1e-10 || volatility * std::sqrt(time) < 1e-7;
}

struct CertainValue {
    double price, delta, carry;  // carry: by the rate the option was given
};

// Volatility zero: the best of exercising now, at expiry, and (if it lies between) when e^{-rt} - x e^{-qt} peaks.
inline CertainValue certain_value(const Put& put, Style style) {
    const auto at = [&](double time) {
        const double bond = std::exp(-put.rate * time);
        const double stock = std::exp(-put.yield * time);
        const CertainValue value{bond - put.spot * stock, -stock, put.call ? time * put.spot * stock : -time * bond};
        return value.price > 0.0 ? value : CertainValue{};
    };
    CertainValue best = at(put.time);
    if (style == Style::european) {
        return best;
    }
    const double peak = std::log(put.rate / (put.yield * put.spot)) / (put.rate - put.yield);
    for (const double time : {0.0, peak}) {
        if (time >= 0.0 && time < put.time) {
            const CertainValue other = at(time);
            best = other.price >= best.price ? other : best;
        }
    }
    return best;
}

// Puts of one kind, gathered, and where they came from.
class Gathered {
  public:
    static constexpr std::size_t kFew = 3;

    void add(const Put& put, std::size_t index) {
        spot_[count_] = put.spot;
        time_[count_] = put.time;
        rate_[count_] = put.rate;
        yield_[count_] = put.yield;
        volatility_[count_] = put.volatility;
        rate_share_[count_] = put.call ? 0.0 : 1.0;
        index_[count_++] = index;
    }

    // The put i of another, with a volatility of its own.
    void add(const Gathered& from, std::size_t i, double volatility) {
        spot_[count_] = from.spot_[i];
        time_[count_] = from.time_[i];
        rate_[count_] = from.rate_[i];
        yield_[count_] = from.yield_[i];
        volatility_[count_] = volatility;
        rate_share_[count_] = from.rate_share_[i];
        index_[count_++] = i;
    }

    // Whole lanes, whatever their number: the last put again. A few are quicker one at a time.
    void pad() {
        constexpr std::size_t kLanes = 8;
        while (count_ > kFew && count_ % kLanes != 0) {
            add(*this, count_ - 1, volatility_[count_ - 1]);
        }
    }

    void clear() { count_ = 0; }
    std::size_t count() const { return count_; }
    std::size_t index(std::size_t i) const { return index_[i]; }
    PutArrays puts() const {
        return {count_, spot_.data(), time_.data(), rate_.data(), yield_.data(), volatility_.data(), rate_share_.data()};
    }

  private:
    using Numbers = std::array<double, kBlock>;
    std::size_t count_ = 0;
    Numbers spot_, time_, rate_, yield_, volatility_, rate_share_;
    std::array<std::size_t, kBlock> index_;
};

}  // namespace alaris
