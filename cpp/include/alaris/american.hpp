// American puts with strike 1, a lane an option: price and Greeks in every regime.
#pragma once

#include "alaris/black_scholes.hpp"
#include "alaris/first_guess.hpp"
#include "alaris/meeting.hpp"
#include "alaris/premium.hpp"
#include "alaris/regime.hpp"

namespace alaris::ALARIS_ISA {

template <class Lanes>
PutValue<Lanes> exercised(Lanes spot) noexcept {
    return {1.0 - spot, broadcast<Lanes>(-1.0), Lanes{}, Lanes{}, Lanes{}, Lanes{}};
}

template <class Lanes>
PutValue<Lanes> select(MaskOf<Lanes> mask, const PutValue<Lanes>& yes, const PutValue<Lanes>& no) noexcept {
    return {select(mask, yes.price, no.price), select(mask, yes.delta, no.delta), select(mask, yes.gamma, no.gamma),
            select(mask, yes.vega, no.vega),   select(mask, yes.carry, no.carry), Lanes{}};
}

// The last word on a price: never below what exercise pays, never above the strike at its best date.
template <class Lanes>
PutValue<Lanes> within_bounds(PutValue<Lanes> value, Lanes spot, Lanes ceiling) noexcept {
    value.price = minimum(maximum(maximum(value.price, 1.0 - spot), 0.0), ceiling);
    return value;
}

// Where volatility is so small that the boundary's own derivative cannot be resolved, the boundary is taken to stand still.
template <Want want, class Lanes>
PutValue<Lanes> with_finite_slopes(PutValue<Lanes> value, const PutValue<Lanes>& held) noexcept {
    if constexpr (want == Want::all_greeks) {
        constexpr double kBeyondReason = 1e6;  // strikes per 1.00
        value.vega = select(absolute(value.vega) < kBeyondReason, value.vega, held.vega);
        value.carry = select(absolute(value.carry) < kBeyondReason, value.carry, held.carry);
    }
    return value;
}

template <class Lanes>
PutValue<Lanes> european(const PutTerms<Lanes>& put) noexcept {
    const auto value = european_put(put.spot, put.log_spot, put.time, put.rate, put.yield, put.volatility);
    return {value.price, value.delta, value.gamma, value.vega, put.rate_share * value.rho + (1.0 - put.rate_share) * value.phi, Lanes{}};
}

template <class Lanes>
struct Solution {
    Boundary<Lanes> boundary;
    BoundaryTangent<Lanes> tangent;
    Lanes change;
};

template <class Lanes>
Solution<Lanes> select(MaskOf<Lanes> mask, const Solution<Lanes>& yes, const Solution<Lanes>& no, bool with_tangent, int nodes) noexcept {
    Solution<Lanes> chosen;
    chosen.boundary.log_start = select(mask, yes.boundary.log_start, no.boundary.log_start);
    for (int i = 0; i < nodes; ++i) {
        chosen.boundary.offset[i] = select(mask, yes.boundary.offset[i], no.boundary.offset[i]);
        chosen.boundary.square[i] = select(mask, yes.boundary.square[i], no.boundary.square[i]);
    }
    if (with_tangent) {
        chosen.tangent.start = select(mask, yes.tangent.start, no.tangent.start);
        for (int i = 0; i < nodes; ++i) {
            chosen.tangent.volatility[i] = select(mask, yes.tangent.volatility[i], no.tangent.volatility[i]);
            chosen.tangent.carry[i] = select(mask, yes.tangent.carry[i], no.tangent.carry[i]);
        }
    }
    return chosen;
}

// Newton from the guess that the solution holds.
template <Side side, Want want, Digits digits, class Lanes>
void refine(const PutTerms<Lanes>& put, Lanes horizon, const Scheme& scheme, Solution<Lanes>& solution) noexcept {
    const auto problem = boundary_problem<side>(put.rate, put.yield, put.volatility, horizon);
    BoundarySolver<side, digits, Lanes> solver(problem, scheme);
    solution.change = solver.solve(solution.boundary);
    if constexpr (want == Want::all_greeks) {
        solution.tangent = solver.tangent(solution.boundary, put.rate_share);
    }
}

template <Side side, class Lanes>
void guess(const PutTerms<Lanes>& put, Lanes horizon, const Scheme& scheme, Solution<Lanes>& solution) noexcept {
    first_guess<side>(boundary_problem<side>(put.rate, put.yield, put.volatility, horizon), scheme, solution.boundary);
}

// The same curve at the nodes of another scheme, whose horizon is scale^2 times as long.
template <class Lanes>
void resample(Boundary<Lanes>& boundary, const Scheme& from, const Scheme& to, Lanes scale) noexcept {
    const OffsetSeries<Lanes> offset(boundary, from);
    for (int i = 0; i < to.nodes; ++i) {
        boundary.offset[i] = maximum(offset(scale * to.root[i]), 1e-12);
        boundary.square[i] = boundary.offset[i] * boundary.offset[i];
    }
}

inline const Scheme& coarsest(const Scheme& scheme) noexcept {
    return scheme.coarse == nullptr ? scheme : coarsest(*scheme.coarse);
}

// From a guess at the nodes of the coarsest scheme to the one wanted; only the last pays for derivatives.
template <Side side, Want want, Digits digits, class Lanes>
void refine_guess(const PutTerms<Lanes>& put, const Scheme& scheme, Solution<Lanes>& solution) noexcept {
    if (scheme.coarse != nullptr) {
        refine_guess<side, Want::price, digits>(put, *scheme.coarse, solution);
        resample(solution.boundary, *scheme.coarse, scheme, broadcast<Lanes>(1.0));
    }
    refine<side, want, digits>(put, put.time, scheme, solution);
}

template <Side side, Want want, Digits digits, class Lanes>
void solve(const PutTerms<Lanes>& put, const Scheme& scheme, Solution<Lanes>& solution) noexcept {
    guess<side>(put, put.time, coarsest(scheme), solution);
    refine_guess<side, want, digits>(put, scheme, solution);
}

// One boundary, known: E + J_B above it, exercised below (Andersen-Lake-Offengenden 2016, equation 4).
template <Want want, Digits digits, class Lanes>
PutValue<Lanes> value_above(const PutTerms<Lanes>& put, const Solution<Lanes>& upper, Lanes ceiling, const Scheme& scheme) noexcept {
    auto premium = exercise_premium<want, digits>(put, upper.boundary, upper.tangent, broadcast<Lanes>(kDirection<Side::upper>), scheme);
    premium.price = maximum(premium.price, 0.0);
    const auto held = european(put);
    auto value = held;
    value += premium;
    value = with_finite_slopes<want>(value, held);
    const auto inside = put.log_spot <= upper.boundary.log_start - upper.boundary.offset[scheme.nodes - 1];
    auto result = select(inside, exercised(put.spot), within_bounds(value, put.spot, ceiling));
    result.change = upper.change;
    return result;
}

template <Want want, Digits digits, class Lanes>
PutValue<Lanes> american_single(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    Solution<Lanes> upper;
    solve<Side::upper, want, digits>(put, scheme, upper);
    return value_above<want, digits>(put, upper, broadcast<Lanes>(1.0), scheme);
}

template <class Lanes>
struct BothBoundaries {
    Lanes horizon;
    Solution<Lanes> upper, lower;
    Meeting<Lanes> met;

    void meet(const Scheme& scheme) noexcept {
        met = meeting(OffsetSeries<Lanes>(upper.boundary, scheme), OffsetSeries<Lanes>(lower.boundary, scheme), -lower.boundary.log_start);
    }

    // On to a horizon a little past the meeting, or the same one where they do not meet.
    void resample_past_meeting(const Scheme& from, const Scheme& to, double beyond) noexcept {
        const Lanes scale = select(met.happens, minimum(square_root(broadcast<Lanes>(beyond)) * met.root, 1.0), broadcast<Lanes>(1.0));
        resample(upper.boundary, from, to, scale);
        resample(lower.boundary, from, to, scale);
        horizon = horizon * scale * scale;
    }
};

// The horizon that is certainly long enough: the option's time, or where both boundaries have met.
template <class Lanes>
Lanes longest_horizon(const PutTerms<Lanes>& put) noexcept {
    // sigma* = sqrt(-2 q) - sqrt(-2 r): below it the boundaries never meet (the perpetual exponents are real)
    const Lanes never_met = square_root(-2.0 * put.yield) - square_root(-2.0 * put.rate);
    const auto never = put.volatility < never_met;
    return any(!never) ? select(never, put.time, latest_meeting(put.rate, put.yield, put.volatility, put.time)) : put.time;
}

template <class Lanes>
void guess(const PutTerms<Lanes>& put, Lanes longest, const Scheme& scheme, BothBoundaries<Lanes>& both) noexcept {
    both.horizon = longest;
    guess<Side::upper>(put, longest, scheme, both.upper);
    guess<Side::lower>(put, longest, scheme, both.lower);
    both.meet(scheme);
}

// Whether in no lane the boundaries can meet in time nor the spot be below the lower one: QD+, which is right to a few per cent, leaves a
// fifth of the way between them, and the spot a tenth of it above the lower one.
template <class Lanes>
bool only_upper_matters(const PutTerms<Lanes>& put, const BothBoundaries<Lanes>& both, const Scheme& scheme) noexcept {
    const Lanes log_gap = -both.lower.boundary.log_start;
    const Lanes lower = both.lower.boundary.offset[scheme.nodes - 1] - log_gap;
    return !any((both.horizon < put.time) | (both.met.apart < 0.2) | (put.log_spot < lower + 0.1 * log_gap));
}

template <Want want, Digits digits, class Lanes>
void refine_guess(const PutTerms<Lanes>& put, const Scheme& scheme, Lanes longest, BothBoundaries<Lanes>& both) noexcept {
    // QD+ places the meeting within 6 %, a coarser scheme within one in a thousand
    if (scheme.coarse == nullptr) {
        both.resample_past_meeting(scheme, scheme, 1.12);
    } else {
        refine_guess<Want::price, digits>(put, *scheme.coarse, longest, both);
        both.resample_past_meeting(*scheme.coarse, scheme, 1.02);
    }
    for (int attempt = 0; attempt < 4; ++attempt) {
        refine<Side::upper, want, digits>(put, both.horizon, scheme, both.upper);
        refine<Side::lower, want, digits>(put, both.horizon, scheme, both.lower);
        both.meet(scheme);
        const auto unmet = (both.horizon < longest) & (both.met.root >= 1.0);
        if (!any(unmet)) {
            break;
        }
        both.horizon = select(unmet, minimum(longest, 1.3 * both.horizon), both.horizon);
    }
    // an option that outlives the longest horizon outlives the meeting, even where the discrete curves only touch
    both.met.happens = both.met.happens | (both.horizon < put.time);
}

// Before the meeting only the boundary on the spot's side matters: E + J_B above the upper one, 1 - S - J_Y below the lower one.
template <Want want, Digits digits, class Lanes>
PutValue<Lanes> value_before_meeting(const PutTerms<Lanes>& put, const BothBoundaries<Lanes>& both, const PutValue<Lanes>& held,
                                     const Scheme& scheme) noexcept {
    const int last = scheme.nodes - 1;
    const auto above = put.log_spot > -both.upper.boundary.offset[last];
    const auto below = put.log_spot < both.lower.boundary.log_start + both.lower.boundary.offset[last];
    const auto nearest = select(above, both.upper, both.lower, want == Want::all_greeks, scheme.nodes);
    const Lanes sign = select(above, broadcast<Lanes>(1.0), broadcast<Lanes>(-1.0));
    const auto premium = exercise_premium<want, digits>(put, nearest.boundary, nearest.tangent, -sign, scheme);
    auto value = select(above, held, exercised(put.spot));
    value += PutValue<Lanes>{
        maximum(sign * premium.price, 0.0), sign * premium.delta, sign * premium.gamma, sign * premium.vega, sign * premium.carry, Lanes{}};
    return select(above | below, value, exercised(put.spot));
}

template <Want want, Digits digits, class Lanes>
PutValue<Lanes> value_past_meeting(const PutTerms<Lanes>& put, const BothBoundaries<Lanes>& both, const PutValue<Lanes>& held,
                                   const Scheme& scheme) noexcept {
    const PremiumPastMeeting<want, digits, Lanes> premium(put, both.horizon, both.met.root, scheme);
    const auto above = premium.template of<Side::upper>(both.upper.boundary, both.upper.tangent);
    const auto beneath = premium.template of<Side::lower>(both.lower.boundary, both.lower.tangent);
    PutValue<Lanes> value{maximum(above.price - beneath.price, 0.0),
                          above.delta - beneath.delta,
                          above.gamma - beneath.gamma,
                          above.vega - beneath.vega,
                          above.carry - beneath.carry,
                          Lanes{}};
    value += held;
    return value;
}

// yield < rate < 0: exercised between two boundaries until they meet, never afterwards (Healy 2021; Andersen-Lake 2021).
template <Want want, Digits digits, class Lanes>
PutValue<Lanes> american_both(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    const Lanes longest = longest_horizon(put);
    const Lanes ceiling = exponential(-put.rate * put.time);
    BothBoundaries<Lanes> both;
    guess(put, longest, coarsest(scheme), both);
    if (only_upper_matters(put, both, coarsest(scheme))) {
        refine_guess<Side::upper, want, digits>(put, scheme, both.upper);
        return value_above<want, digits>(put, both.upper, ceiling, scheme);
    }
    refine_guess<want, digits>(put, scheme, longest, both);
    const auto held = european(put);
    auto value = held;
    if (any(!both.met.happens)) {
        value = value_before_meeting<want, digits>(put, both, held, scheme);
    }
    if (any(both.met.happens)) {
        value = select(both.met.happens, value_past_meeting<want, digits>(put, both, held, scheme), value);
    }
    value = within_bounds(with_finite_slopes<want>(value, held), put.spot, ceiling);
    value.change = maximum(both.upper.change, both.lower.change);
    return value;
}

}  // namespace alaris::ALARIS_ISA
