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
    return {1.0 - spot, broadcast<Lanes>(-1.0), Lanes{}, Lanes{}, Lanes{}};
}

template <class Lanes>
PutValue<Lanes> select(MaskOf<Lanes> mask, const PutValue<Lanes>& yes, const PutValue<Lanes>& no) noexcept {
    return {select(mask, yes.price, no.price), select(mask, yes.delta, no.delta), select(mask, yes.gamma, no.gamma),
            select(mask, yes.vega, no.vega), select(mask, yes.carry, no.carry)};
}

// The last word on a price: never below what exercise pays.
template <class Lanes>
PutValue<Lanes> not_below_intrinsic(PutValue<Lanes> value, Lanes spot) noexcept {
    value.price = maximum(maximum(value.price, 1.0 - spot), 0.0);
    return value;
}

template <class Lanes>
PutValue<Lanes> european(const PutTerms<Lanes>& put) noexcept {
    const auto value = european_put(put.spot, put.log_spot, put.time, put.rate, put.yield, put.volatility);
    return {value.price, value.delta, value.gamma, value.vega, put.rate_share * value.rho + (1.0 - put.rate_share) * value.phi};
}

template <class Lanes>
struct Solution {
    Boundary<Lanes> boundary;
    BoundaryTangent<Lanes> tangent;
};

// Newton from the guess that the solution holds.
template <Side side, Want want, Digits digits, class Lanes>
void refine(const PutTerms<Lanes>& put, Lanes horizon, const Scheme& scheme, Solution<Lanes>& solution) noexcept {
    const auto problem = boundary_problem<side>(put.rate, put.yield, put.volatility, horizon);
    BoundarySolver<side, digits, Lanes> solver(problem, scheme);
    solver.solve(solution.boundary);
    if constexpr (want == Want::all_greeks) {
        solution.tangent = solver.tangent(solution.boundary, put.rate_share);
    }
}

template <Side side, class Lanes>
void guess(const PutTerms<Lanes>& put, Lanes horizon, const Scheme& scheme, Solution<Lanes>& solution) noexcept {
    first_guess<side>(boundary_problem<side>(put.rate, put.yield, put.volatility, horizon), scheme, solution.boundary);
}

// One boundary: E + J_B above it, exercised below (Andersen-Lake-Offengenden 2016, equation 4).
template <Want want, Digits digits, class Lanes>
PutValue<Lanes> american_single(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    Solution<Lanes> upper;
    guess<Side::upper>(put, put.time, scheme, upper);
    refine<Side::upper, want, digits>(put, put.time, scheme, upper);
    auto premium = exercise_premium<Side::upper, want, digits>(put, upper.boundary, upper.tangent, scheme);
    premium.price = maximum(premium.price, 0.0);
    auto value = european(put);
    value += premium;
    const auto inside = put.log_spot <= upper.boundary.log_start - upper.boundary.offset[scheme.nodes - 1];
    return select(inside, exercised(put.spot), not_below_intrinsic(value, put.spot));
}

// The two boundaries of yield < rate < 0, solved to the option's time or a little past their meeting, whichever comes first.
template <Want want, Digits digits, class Lanes>
class BothBoundaries {
  public:
    BothBoundaries(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
        // sigma* = sqrt(-2 q) - sqrt(-2 r): below it the boundaries never meet (the perpetual exponents are real)
        const Lanes never_met = square_root(-2.0 * put.yield) - square_root(-2.0 * put.rate);
        const Lanes latest = minimum(put.time, 1.05 * latest_meeting(put.rate, put.yield, put.volatility));
        horizon = select(put.volatility < never_met, put.time, latest);
        guess<Side::upper>(put, horizon, scheme, upper);
        guess<Side::lower>(put, horizon, scheme, lower);
        met = meet(scheme);
        const Lanes first = horizon;
        horizon = select(met.happens, minimum(first, kBeyond * met.root * met.root * first), first);
        shorten(upper.boundary, first, scheme);
        shorten(lower.boundary, first, scheme);
        // the first guess places the meeting within 6 %; should it be farther, look farther
        for (int attempt = 0; attempt < 4; ++attempt) {
            refine<Side::upper, want, digits>(put, horizon, scheme, upper);
            refine<Side::lower, want, digits>(put, horizon, scheme, lower);
            met = meet(scheme);
            const auto unmet = (horizon < latest) & (met.root >= 1.0);
            if (!any(unmet)) {
                break;
            }
            horizon = select(unmet, minimum(latest, 1.3 * horizon), horizon);
        }
        // an option that outlives the latest meeting does so even where the discrete curves only touch
        met.happens = met.happens | (horizon < put.time);
    }

    Lanes horizon;
    Solution<Lanes> upper, lower;
    Meeting<Lanes> met;

  private:
    static constexpr double kBeyond = 1.12;

    Meeting<Lanes> meet(const Scheme& scheme) const noexcept {
        return meeting(OffsetSeries<Lanes>(upper.boundary, scheme), OffsetSeries<Lanes>(lower.boundary, scheme), -lower.boundary.log_start);
    }

    // The same curve on the nodes of the shorter horizon.
    void shorten(Boundary<Lanes>& boundary, Lanes first, const Scheme& scheme) const noexcept {
        const OffsetSeries<Lanes> offset(boundary, scheme);
        const Lanes scale = square_root(horizon / first);
        for (int i = 0; i < scheme.nodes; ++i) {
            boundary.offset[i] = maximum(offset(scale * scheme.root[i]), 1e-12);
            boundary.square[i] = boundary.offset[i] * boundary.offset[i];
        }
    }
};

// yield < rate < 0: exercised between two boundaries until they meet, never afterwards (Healy 2021; Andersen-Lake 2021).
template <Want want, Digits digits, class Lanes>
PutValue<Lanes> american_both(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    const BothBoundaries<want, digits, Lanes> both(put, scheme);
    const Solution<Lanes>& upper = both.upper;
    const Solution<Lanes>& lower = both.lower;
    const int last = scheme.nodes - 1;
    const auto held = european(put);

    auto over = exercise_premium<Side::upper, want, digits>(put, upper.boundary, upper.tangent, scheme);
    over.price = maximum(over.price, 0.0);
    over += held;
    const auto below = exercise_premium<Side::lower, want, digits>(put, lower.boundary, lower.tangent, scheme);
    const PutValue<Lanes> under{1.0 - put.spot + maximum(-below.price, 0.0), -1.0 - below.delta, -below.gamma, -below.vega, -below.carry};
    auto value = select(put.log_spot > -upper.boundary.offset[last], over,
                        select(put.log_spot < lower.boundary.log_start + lower.boundary.offset[last], under, exercised(put.spot)));
    if (any(both.met.happens)) {
        const PremiumPastMeeting<want, digits, Lanes> premium(put, both.horizon, both.met.root, scheme);
        const auto above = premium.template of<Side::upper>(upper.boundary, upper.tangent);
        const auto beneath = premium.template of<Side::lower>(lower.boundary, lower.tangent);
        PutValue<Lanes> past{maximum(above.price - beneath.price, 0.0), above.delta - beneath.delta, above.gamma - beneath.gamma,
                             above.vega - beneath.vega, above.carry - beneath.carry};
        past += held;
        value = select(both.met.happens, past, value);
    }
    return not_below_intrinsic(value, put.spot);
}

}  // namespace alaris::ALARIS_ISA
