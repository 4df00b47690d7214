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

// A time by which both boundaries have met: when the European put is worth its intrinsic value at every spot,
// Phi^-1(1 - e^{q tau}) - Phi^-1(1 - e^{r tau}) <= sigma sqrt tau. Bisection on ln tau, upper end.
template <class Lanes>
Lanes latest_meeting(Lanes rate, Lanes yield, Lanes volatility) noexcept {
    Lanes low = broadcast<Lanes>(-14.0);
    Lanes high = broadcast<Lanes>(8.0);
    for (int step = 0; step < 11; ++step) {
        const Lanes middle = 0.5 * (low + high);
        const Lanes time = exponential(middle);
        const Lanes gap = rough_quantile(-exponential_minus_one(yield * time)) - rough_quantile(-exponential_minus_one(rate * time));
        const auto open = gap > volatility * square_root(time);
        low = select(open, middle, low);
        high = select(open, high, middle);
    }
    return exponential(high);
}

// Chebyshev series of offset^2 in x on [0, 1].
template <class Lanes>
class OffsetSeries {
  public:
    OffsetSeries(const Boundary<Lanes>& boundary, const Scheme& scheme) noexcept : terms_(scheme.nodes + 1) {
        for (int k = 0; k < terms_; ++k) {
            coefficient_[k] = broadcast<Lanes>(0.0);
            for (int j = 0; j < scheme.nodes; ++j) {
                coefficient_[k] += scheme.chebyshev[k * scheme.nodes + j] * boundary.square[j];
            }
        }
    }

    // |ln b / b(0)| at x, by Clenshaw's recurrence.
    Lanes operator()(Lanes x) const noexcept {
        const Lanes twice = 4.0 * x - 2.0;
        Lanes after = broadcast<Lanes>(0.0);
        Lanes now = broadcast<Lanes>(0.0);
        for (int k = terms_ - 1; k > 0; --k) {
            const Lanes next = coefficient_[k] + twice * now - after;
            after = now;
            now = next;
        }
        return square_root(maximum(coefficient_[0] + 0.5 * twice * now - after, 0.0));
    }

  private:
    int terms_;
    Lanes coefficient_[kMostNodes + 1];
};

template <class Lanes>
struct Meeting {
    MaskOf<Lanes> happens;
    Lanes root;  // sqrt(tau* / horizon), or 1
};

// Where both offsets together span ln(q / r): secant inside a bracket.
template <class Lanes>
Meeting<Lanes> meeting(const OffsetSeries<Lanes>& upper, const OffsetSeries<Lanes>& lower, Lanes log_gap) noexcept {
    Lanes low = broadcast<Lanes>(0.0);
    Lanes high = broadcast<Lanes>(1.0);
    Lanes low_value = -log_gap;
    Lanes high_value = upper(high) + lower(high) - log_gap;
    const auto happens = high_value > 0.0;
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
    return {happens, select(happens, root, broadcast<Lanes>(1.0))};
}

// E + int over u in [0, tau*] of (integrand of the upper - integrand of the lower boundary); time >= tau*. With z = tan(theta / 2),
// u = T sin^2(theta), t = T cos^2(theta), both ends are smooth even when the option barely outlives the meeting.
template <Digits digits, class Lanes>
SpotGreeks<Lanes> premium_past_meeting(const PutTerms<Lanes>& put, const OffsetSeries<Lanes>& upper, const OffsetSeries<Lanes>& lower,
                                       Lanes log_lower_start, Lanes horizon, Lanes meeting_root, const Scheme& scheme) noexcept {
    const Lanes deviation = put.volatility * square_root(put.time);
    const Lanes drift = (put.rate - put.yield) * put.time;
    const Lanes scale = square_root(put.time / horizon);
    const Lanes sine_end = minimum(meeting_root / scale, 1.0);
    const Lanes z_end = sine_end / (1.0 + square_root(maximum(1.0 - sine_end * sine_end, 0.0)));
    SpotGreeks<Lanes> sum{broadcast<Lanes>(0.0), broadcast<Lanes>(0.0), broadcast<Lanes>(0.0)};
    for (int k = 0; k < scheme.premium; ++k) {
        const Lanes z = z_end * scheme.gauss_node[k];
        const Lanes over = 1.0 / (1.0 + z * z);
        const Lanes sine = 2.0 * z * over;
        const Lanes cosine = (1.0 - z * z) * over;
        const Lanes x = minimum(sine * scale, 1.0);
        const Lanes share = cosine * cosine;
        const Lanes weight = 4.0 * sine * cosine * over * z_end * scheme.gauss_weight[k];
        const Lanes spread = maximum(deviation * cosine, 1e-150);
        const Lanes inverse = 1.0 / spread;
        const Lanes bond = weight * put.rate * put.time * exponential(-put.rate * put.time * share);
        const Lanes stock = weight * put.yield * put.time * put.spot * exponential(-put.yield * put.time * share);
        const Lanes centre = put.log_spot + drift * share;
        const auto add = [&](Lanes log_boundary, double sign) noexcept {
            const Lanes middle = (centre - log_boundary) * inverse;
            const Lanes d2 = middle - 0.5 * spread;
            const auto n1 = normal<digits>(-(middle + 0.5 * spread));
            const auto n2 = normal<digits>(-d2);
            const Lanes gain = (stock * n1.density - bond * n2.density) * inverse;
            sum.price += sign * (bond * n2.below - stock * n1.below);
            sum.delta += sign * (gain - stock * n1.below);
            sum.gamma += sign * (stock * n1.density * inverse - gain * (1.0 + d2 * inverse));
        };
        add(-upper(x), 1.0);
        add(log_lower_start + lower(x), -1.0);
    }
    sum.delta = sum.delta / put.spot;
    sum.gamma = sum.gamma / (put.spot * put.spot);
    return sum;
}

}  // namespace alaris::ALARIS_ISA
