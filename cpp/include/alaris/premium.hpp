// What early exercise adds to a European put: I. Kim, "The analytic valuation of American options", Rev. Fin. Studies 3 (1990), and its
// derivatives by the spot. The boundary does not depend on the spot, so these are taken under the integral, exactly.
#pragma once

#include "alaris/boundary.hpp"

namespace alaris::ALARIS_ISA {

template <class Lanes>
struct PutTerms {
    Lanes spot, log_spot, time, rate, yield, volatility;  // spot in strikes
};

template <class Lanes>
struct SpotGreeks {
    Lanes price, delta, gamma;
};

// J_b(S, tau) = int_0^tau [ r e^{-rt} Phi(-d2(t, S/b(tau-t))) - q S e^{-qt} Phi(-d1(t, S/b(tau-t))) ] dt, one boundary, horizon = time.
// For the lower boundary the same with its own b; the caller knows what to add it to.
template <Side side, Digits digits, bool with_greeks, class Lanes>
SpotGreeks<Lanes> exercise_premium(const PutTerms<Lanes>& put, const Boundary<Lanes>& boundary, const Scheme& scheme) noexcept {
    const int n = scheme.nodes;
    const Lanes deviation = put.volatility * square_root(put.time);
    const Lanes inverse_deviation = 1.0 / deviation;
    const Lanes drift = (put.rate - put.yield) * put.time;
    const Lanes distance = put.log_spot - boundary.log_start;
    const Lanes rate = put.rate * put.time;
    const Lanes yield = put.yield * put.time;
    Lanes bonds = broadcast<Lanes>(0.0);
    Lanes stocks = broadcast<Lanes>(0.0);
    Lanes edge = broadcast<Lanes>(0.0);
    Lanes bend = broadcast<Lanes>(0.0);
    for (int k = 0; k < scheme.premium; ++k) {
        const double* weights = scheme.premium_interpolation + static_cast<std::ptrdiff_t>(k) * n;
        const double sine = scheme.premium_sine[k];
        const auto before = interpolate(weights, boundary.square, n, 0.01 * sine * sine * boundary.square[n - 1]);
        const Lanes spread = deviation * scheme.premium_root_time[k];
        const Lanes inverse = inverse_deviation / scheme.premium_root_time[k];
        const Lanes middle = (distance - kDirection<side> * before.size + drift * scheme.premium_time[k]) * inverse;
        const Lanes d2 = middle - 0.5 * spread;
        const auto n1 = normal<digits>(-(middle + 0.5 * spread));
        const auto n2 = normal<digits>(-d2);
        const Lanes bond = scheme.premium_weight[k] * exponential(-rate * scheme.premium_time[k]);
        const Lanes stock = scheme.premium_weight[k] * exponential(-yield * scheme.premium_time[k]);
        bonds += bond * n2.below;
        stocks += stock * n1.below;
        if constexpr (with_greeks) {
            const Lanes gain = (yield * put.spot * stock * n1.density - rate * bond * n2.density) * inverse;
            edge += gain;
            bend += yield * put.spot * stock * n1.density * inverse - gain * (1.0 + d2 * inverse);
        }
    }
    SpotGreeks<Lanes> result;
    result.price = rate * bonds - yield * put.spot * stocks;
    result.delta = edge / put.spot - yield * stocks;
    result.gamma = bend / (put.spot * put.spot);
    return result;
}

}  // namespace alaris::ALARIS_ISA
