// Negative rates: when the lower and the upper boundary meet, and the premium of an option that outlives their meeting.
// L. Andersen and M. Lake, "Fast American option pricing: the double-boundary case", Wilmott (2021); Healy (2021). Past the meeting
// early exercise is never right, so only times to expiry u <= tau* enter the premium.
#pragma once

#include "alaris/premium.hpp"

namespace alaris::ALARIS_ISA {

// Quantile of the normal law to 4.5e-4 (Abramowitz and Stegun 26.2.23); enough for a horizon that only has to be long enough.
template <class Lanes>
Lanes rough_quantile(Lanes probability) noexcept {
    const Lanes tail = maximum(minimum(probability, 1.0 - probability), 1e-300);
    const Lanes t = square_root(-2.0 * logarithm(tail));
    const Lanes x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    return select(probability < 0.5, -x, x);
}

// The same to 1e-7 or better, by a step of Halley's method in the tail.
template <class Lanes>
Lanes quantile(Lanes probability) noexcept {
    const Lanes tail = maximum(minimum(probability, 1.0 - probability), 1e-300);
    const Lanes rough = rough_quantile(tail);
    const auto at = normal<Digits::eleven>(rough);
    const Lanes error = (at.below - tail) / maximum(at.density, 1e-300);
    const Lanes x = rough - error / (1.0 + 0.5 * rough * error);
    return select(probability < 0.5, x, -x);
}

// ln of how far apart the boundaries still can be at a time, over sigma sqrt tau; positive while the European put is worth less than its
// intrinsic value at some spot. It falls with ln tau almost in a line of slope -1/2.
template <class Lanes>
Lanes openness(Lanes log_time, Lanes rate, Lanes yield, Lanes log_volatility) noexcept {
    const Lanes time = exponential(log_time);
    const Lanes gap = quantile(-exponential_minus_one(yield * time)) - quantile(-exponential_minus_one(rate * time));
    return logarithm(maximum(gap, 1e-300)) - log_volatility - 0.5 * log_time;
}

// A time by which both boundaries have met, if it is below `time`: when the European put is worth its intrinsic value at every spot,
// Phi^-1(1 - e^{q tau}) - Phi^-1(1 - e^{r tau}) <= sigma sqrt tau. Secant on ln tau; bisection should it not have closed.
template <class Lanes>
Lanes latest_meeting(Lanes rate, Lanes yield, Lanes volatility, Lanes time) noexcept {
    constexpr double kMargin = 0.05;  // the meeting itself is at less than 0.7 of it
    const Lanes log_volatility = logarithm(volatility);
    const Lanes end = logarithm(time);
    Lanes before = end;
    Lanes value_before = openness(before, rate, yield, log_volatility);
    const auto meets = value_before <= 0.0;
    Lanes now = minimum(end + 2.0 * value_before, end);
    for (int step = 0; step < 2; ++step) {
        const Lanes value = openness(now, rate, yield, log_volatility);
        const Lanes slope = clamp((value - value_before) / select(now < before, now - before, broadcast<Lanes>(-1e-9)),
                                  broadcast<Lanes>(-1.0), broadcast<Lanes>(-0.05));
        before = now;
        value_before = value;
        now = minimum(now - value / slope, end);
    }
    now += kMargin;
    const Lanes reached = openness(now, rate, yield, log_volatility);
    if (any(meets & ((reached > 0.0) | (reached < -0.06)))) {
        Lanes low = broadcast<Lanes>(-24.0);
        now = end;
        for (int step = 0; step < 12; ++step) {
            const Lanes middle = 0.5 * (low + now);
            const auto open = openness(middle, rate, yield, log_volatility) > 0.0;
            low = select(open, middle, low);
            now = select(open, now, middle);
        }
    }
    return select(meets, minimum(exponential(now), time), time);
}

// Chebyshev series on [0, 1] of a function of x known at the nodes and zero at x = 0.
template <class Lanes>
class Series {
  public:
    Series(const Lanes* values, const Scheme& scheme) noexcept : terms_(scheme.nodes + 1) {
        for (int k = 0; k < terms_; ++k) {
            coefficient_[k] = weighted(scheme.chebyshev + static_cast<std::ptrdiff_t>(k) * scheme.nodes, values, scheme.nodes);
        }
    }

    // Clenshaw's recurrence.
    Lanes operator()(Lanes x) const noexcept {
        const Lanes twice = 4.0 * x - 2.0;
        Lanes after{};
        Lanes now{};
        for (int k = terms_ - 1; k > 0; --k) {
            const Lanes next = coefficient_[k] + twice * now - after;
            after = now;
            now = next;
        }
        return coefficient_[0] + 0.5 * twice * now - after;
    }

  private:
    int terms_;
    Lanes coefficient_[kMostNodes + 1];
};

// |ln b / b(0)| at any x.
template <class Lanes>
class OffsetSeries {
  public:
    OffsetSeries(const Boundary<Lanes>& boundary, const Scheme& scheme) noexcept
        : square_(boundary.square, scheme), floor_(0.01 * boundary.square[scheme.nodes - 1]) {}
    Lanes operator()(Lanes x) const noexcept { return square_root(maximum(square_(x), floor_ * x * x)); }

  private:
    Series<Lanes> square_;
    Lanes floor_;
};

template <class Lanes>
struct Meeting {
    MaskOf<Lanes> happens;
    Lanes root;   // sqrt(tau* / horizon), or 1
    Lanes apart;  // what is left between the boundaries at the horizon, as a share of what is between them at expiry
};

// Where both offsets together span ln(q / r): secant inside a bracket.
template <class Lanes>
Meeting<Lanes> meeting(const OffsetSeries<Lanes>& upper, const OffsetSeries<Lanes>& lower, Lanes log_gap) noexcept {
    Lanes low = broadcast<Lanes>(0.0);
    Lanes high = broadcast<Lanes>(1.0);
    Lanes low_value = -log_gap;
    Lanes high_value = upper(high) + lower(high) - log_gap;
    const auto happens = high_value > 0.0;
    const Lanes apart = -high_value / log_gap;
    if (!any(happens)) {
        return {happens, high, apart};
    }
    for (int step = 0; step < 12; ++step) {
        const Lanes span = high - low;
        const Lanes secant = low - low_value * span / maximum(high_value - low_value, 1e-300);
        const Lanes x = clamp(secant, low + 1e-3 * span, high - 1e-3 * span);
        const Lanes value = upper(x) + lower(x) - log_gap;
        const auto past = value > 0.0;
        // the end that stays is halved in weight (Illinois), which keeps the secant from creeping
        low_value = select(past, 0.5 * low_value, value);
        high_value = select(past, value, 0.5 * high_value);
        low = select(past, low, x);
        high = select(past, x, high);
    }
    const Lanes root = 0.5 * (low + high);
    return {happens, select(happens, root, broadcast<Lanes>(1.0)), apart};
}

// int over u in [0, tau*] of (integrand of the upper - integrand of the lower boundary) for an option with time >= tau*. With
// z = tan(theta / 2), u = T sin^2(theta), t = T cos^2(theta), both ends are smooth even when the option barely outlives the meeting.
template <Want want, Digits digits, class Lanes>
class PremiumPastMeeting {
  public:
    PremiumPastMeeting(const PutTerms<Lanes>& put, Lanes horizon, Lanes meeting_root, const Scheme& scheme) noexcept
        : put_(put), scheme_(scheme), scale_(square_root(put.time / horizon)) {
        const Lanes sine = minimum(meeting_root / scale_, 1.0);
        end_ = sine / (1.0 + square_root(maximum(1.0 - sine * sine, 0.0)));
    }

    template <Side side>
    PutValue<Lanes> of(const Boundary<Lanes>& boundary, const BoundaryTangent<Lanes>& tangent) const noexcept {
        const OffsetSeries<Lanes> offset(boundary, scheme_);
        const Series<Lanes> volatility(tangent.volatility, scheme_);
        const Series<Lanes> carry(tangent.carry, scheme_);
        PremiumSum<want, digits, Lanes> sum(put_, broadcast<Lanes>(1.0), Lanes{});
        for (int k = 0; k < scheme_.premium; ++k) {
            const Lanes z = end_ * scheme_.gauss_node[k];
            const Lanes over = 1.0 / (1.0 + z * z);
            const Lanes sine = 2.0 * z * over;
            const Lanes cosine = (1.0 - z * z) * over;
            const Lanes x = minimum(sine * scale_, 1.0);
            const Lanes size = offset(x);
            Lanes by_volatility{};
            Lanes by_carry{};
            if constexpr (want == Want::all_greeks) {
                const Lanes inverse = kDirection<side> / maximum(size, 1e-100);
                by_volatility = inverse * volatility(x);
                by_carry = tangent.start + inverse * carry(x);
            }
            sum.add({cosine * cosine, cosine, 4.0 * sine * cosine * over * end_ * scheme_.gauss_weight[k],
                     boundary.log_start + kDirection<side> * size, by_volatility, by_carry});
        }
        return sum.value();
    }

  private:
    const PutTerms<Lanes>& put_;
    const Scheme& scheme_;
    Lanes scale_, end_;
};

}  // namespace alaris::ALARIS_ISA
