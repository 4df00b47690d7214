// Where a boundary starts at expiry, from the signs of rate and yield, and how far it can go (perpetual options: R. Merton 1973;
// Andersen-Lake 2021 for negative rates).
#pragma once

#include "alaris/boundary.hpp"

namespace alaris::ALARIS_ISA {

// The two exponents k of the perpetual solution S^k: (sigma^2 / 2) k (k - 1) + (r - q) k - r = 0.
template <class Lanes>
struct PerpetualExponents {
    MaskOf<Lanes> exist;
    Lanes low, high;
};

template <class Lanes>
PerpetualExponents<Lanes> perpetual_exponents(Lanes rate, Lanes yield, Lanes volatility) noexcept {
    const Lanes a = 0.5 * volatility * volatility;
    const Lanes b = rate - yield - a;
    const Lanes discriminant = b * b + 4.0 * a * rate;
    const Lanes root = square_root(maximum(discriminant, 0.0));
    // the numerically safe root first, the other from the product -r / a
    const Lanes safe = -0.5 * (b + select(b > 0.0, root, -root));
    const Lanes first = safe / a;
    const Lanes second = -rate / select(absolute(safe) > 1e-300, safe, broadcast<Lanes>(1e-300));
    return {discriminant >= 0.0, minimum(first, second), maximum(first, second)};
}

// ln of the perpetual boundary k / (k - 1) for a negative exponent.
template <class Lanes>
Lanes log_perpetual(Lanes exponent) noexcept {
    return -logarithm(1.0 - 1.0 / minimum(exponent, -1e-30));
}

template <Side side, class Lanes>
BoundaryProblem<Lanes> boundary_problem(Lanes rate, Lanes yield, Lanes volatility, Lanes horizon) noexcept {
    constexpr double kFarthest = 60.0;
    BoundaryProblem<Lanes> problem{rate, yield, volatility, horizon, {}, {}, {}, {}};
    const Lanes log_gain = logarithm(maximum(rate / select(absolute(yield) > 0.0, yield, broadcast<Lanes>(1e-300)), 1e-300));  // ln(r / q)
    const auto k = perpetual_exponents(rate, yield, volatility);
    if constexpr (side == Side::upper) {
        const auto below_strike = (rate > 0.0) & (yield > rate);
        problem.log_start = select(below_strike, log_gain, Lanes{});
        problem.start_rate = select(below_strike, 1.0 / rate, Lanes{});
        problem.start_yield = select(below_strike, -1.0 / yield, Lanes{});
        const Lanes perpetual = problem.log_start - log_perpetual(k.low);
        const Lanes crossing = select(rate < 0.0, 0.5 - 2.0 * log_gain, broadcast<Lanes>(kFarthest));
        problem.limit = select(k.exist & (k.low < 0.0), perpetual, crossing);
    } else {
        problem.log_start = log_gain;
        problem.start_rate = 1.0 / rate;
        problem.start_yield = -1.0 / yield;
        problem.limit = select(k.exist & (k.high < 0.0), log_perpetual(k.high) - log_gain, 0.5 - 2.0 * log_gain);
    }
    problem.limit = clamp(problem.limit, broadcast<Lanes>(1e-12), broadcast<Lanes>(kFarthest));
    return problem;
}

}  // namespace alaris::ALARIS_ISA
