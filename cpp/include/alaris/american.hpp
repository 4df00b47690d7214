// American puts with strike 1, a lane an option: price, delta and gamma in every regime.
#pragma once

#include "alaris/black_scholes.hpp"
#include "alaris/first_guess.hpp"
#include "alaris/meeting.hpp"
#include "alaris/premium.hpp"
#include "alaris/regime.hpp"

namespace alaris::ALARIS_ISA {

template <class Lanes>
SpotGreeks<Lanes> exercised(Lanes spot) noexcept {
    return {1.0 - spot, broadcast<Lanes>(-1.0), broadcast<Lanes>(0.0)};
}

template <class Lanes>
SpotGreeks<Lanes> select(MaskOf<Lanes> mask, const SpotGreeks<Lanes>& yes, const SpotGreeks<Lanes>& no) noexcept {
    return {select(mask, yes.price, no.price), select(mask, yes.delta, no.delta), select(mask, yes.gamma, no.gamma)};
}

template <class Lanes>
SpotGreeks<Lanes> not_below_intrinsic(SpotGreeks<Lanes> value, Lanes spot) noexcept {
    value.price = maximum(maximum(value.price, 1.0 - spot), 0.0);
    return value;
}

template <Side side, Digits digits, class Lanes>
Boundary<Lanes> solve_boundary(const BoundaryProblem<Lanes>& problem, const Scheme& scheme) noexcept {
    Boundary<Lanes> boundary;
    first_guess<side>(problem, scheme, boundary);
    BoundarySolver<side, digits, Lanes>(problem, scheme).solve(boundary);
    return boundary;
}

template <class Lanes>
SpotGreeks<Lanes> european(const PutTerms<Lanes>& put) noexcept {
    const auto value = european_put(put.spot, put.log_spot, put.time, put.rate, put.yield, put.volatility);
    return {value.price, value.delta, value.gamma};
}

// One boundary: E + J_B above it, exercised below (Andersen-Lake-Offengenden 2016, equation 4).
template <Digits digits, bool with_greeks, class Lanes>
SpotGreeks<Lanes> american_single(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    const auto problem = boundary_problem<Side::upper>(put.rate, put.yield, put.volatility, put.time);
    const auto boundary = solve_boundary<Side::upper, digits>(problem, scheme);
    const auto premium = exercise_premium<Side::upper, digits, with_greeks>(put, boundary, scheme);
    auto value = european(put);
    value.price += maximum(premium.price, 0.0);
    value.delta += premium.delta;
    value.gamma += premium.gamma;
    const auto inside = put.log_spot <= boundary.log_start - boundary.offset[scheme.nodes - 1];
    return select(inside, exercised(put.spot), not_below_intrinsic(value, put.spot));
}

template <class Lanes>
struct BothBoundaries {
    Lanes horizon;
    Boundary<Lanes> upper, lower;
};

template <Digits digits, class Lanes>
BothBoundaries<Lanes> solve_both(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    BothBoundaries<Lanes> both;
    // sigma* = sqrt(-2 q) - sqrt(-2 r): below it the boundaries never meet (perpetual exponents real)
    const Lanes never_met = square_root(-2.0 * put.yield) - square_root(-2.0 * put.rate);
    const Lanes latest = latest_meeting(put.rate, put.yield, put.volatility);
    both.horizon = select(put.volatility < never_met, put.time, minimum(put.time, latest));
    both.upper =
        solve_boundary<Side::upper, digits>(boundary_problem<Side::upper>(put.rate, put.yield, put.volatility, both.horizon), scheme);
    both.lower =
        solve_boundary<Side::lower, digits>(boundary_problem<Side::lower>(put.rate, put.yield, put.volatility, both.horizon), scheme);
    return both;
}

// yield < rate < 0: exercised between two boundaries until they meet, never afterwards (Healy 2021; Andersen-Lake 2021).
template <Digits digits, bool with_greeks, class Lanes>
SpotGreeks<Lanes> american_both(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    const auto both = solve_both<digits>(put, scheme);
    const OffsetSeries<Lanes> upper(both.upper, scheme);
    const OffsetSeries<Lanes> lower(both.lower, scheme);
    const auto met = meeting(upper, lower, -both.lower.log_start);
    const int last = scheme.nodes - 1;
    const auto held = european(put);

    const auto above = exercise_premium<Side::upper, digits, with_greeks>(put, both.upper, scheme);
    const auto below = exercise_premium<Side::lower, digits, with_greeks>(put, both.lower, scheme);
    const SpotGreeks<Lanes> over{held.price + maximum(above.price, 0.0), held.delta + above.delta, held.gamma + above.gamma};
    const SpotGreeks<Lanes> under{1.0 - put.spot + maximum(-below.price, 0.0), -1.0 - below.delta, -below.gamma};
    auto value = select(put.log_spot > -both.upper.offset[last], over,
                        select(put.log_spot < both.lower.log_start + both.lower.offset[last], under, exercised(put.spot)));
    if (any(met.happens)) {
        const auto premium = premium_past_meeting<digits>(put, upper, lower, both.lower.log_start, both.horizon, met.root, scheme);
        const SpotGreeks<Lanes> past{held.price + maximum(premium.price, 0.0), held.delta + premium.delta, held.gamma + premium.gamma};
        value = select(met.happens, past, value);
    }
    return not_below_intrinsic(value, put.spot);
}

}  // namespace alaris::ALARIS_ISA
