// First guess of the exercise boundary: QD+ of M. Li, "Analytical approximations for the critical stock prices of American options"
// (Rev. Derivatives Research 13, 2010), with the other root for the lower boundary as in Healy (2021), written without dividing by
// the rate, so that it is regular at rate = 0.
#pragma once

#include "alaris/boundary.hpp"

namespace alaris::ALARIS_ISA {

// QD+ at one time to expiry: F(S) = (1 - e^{-q tau} Phi(-d1)) S + (lambda + c0)(1 - S - p) = 0, Newton in ln S.
template <Side side, class Lanes>
class QuadraticApproximation {
  public:
    QuadraticApproximation(const BoundaryProblem<Lanes>& problem, double fraction, double root) noexcept : problem_(problem) {
        const Lanes variance = problem.volatility * problem.volatility;
        time_ = problem.horizon * fraction;
        deviation_ = problem.volatility * square_root(problem.horizon) * root;
        drift_ = (problem.rate - problem.yield) * time_;
        bond_ = exponential(-problem.rate * time_);
        stock_ = exponential(-problem.yield * time_);
        const Lanes h = -exponential_minus_one(-problem.rate * time_);
        const Lanes rate_over_h = select(absolute(h) > 1e-14, problem.rate / h, 1.0 / time_);
        const Lanes w = 2.0 * (problem.rate - problem.yield) / variance - 1.0;
        const Lanes two = 2.0 / variance;
        const Lanes root_square = maximum(w * w + 4.0 * two * rate_over_h, 1e-8);
        const Lanes signed_root = -kSign * -square_root(root_square);
        lambda_ = 0.5 * (signed_root - w);
        scale_ = two / signed_root;
        level_ = bond_ * rate_over_h * (1.0 - two * rate_over_h / root_square);
    }

    // One Newton step on y = ln S.
    Lanes improve(Lanes y) const noexcept {
        const Lanes middle = (y + drift_) / deviation_;
        const auto n1 = normal<Digits::eleven>(-(middle + 0.5 * deviation_));
        const auto n2 = normal<Digits::eleven>(-(middle - 0.5 * deviation_));
        const Lanes s = exponential(y);
        const Lanes stock_below = stock_ * n1.below;
        const Lanes density = stock_ * n1.density;
        const Lanes hold = 1.0 - stock_below;  // 1 + delta of the European put
        const Lanes excess = 1.0 - s - (bond_ * n2.below - s * stock_below);
        const Lanes decay = problem_.volatility * problem_.volatility / (2.0 * deviation_);  // sigma / (2 sqrt tau)
        const Lanes theta = problem_.rate * bond_ * n2.below - s * (problem_.yield * stock_below + decay * density);
        const Lanes slope_theta = (problem_.yield - problem_.rate) * density / deviation_ - problem_.yield * stock_below -
                                  decay * density * (1.0 - (middle + 0.5 * deviation_) / deviation_);
        const Lanes value = hold * s + lambda_ * excess - scale_ * (level_ * excess - theta);
        const Lanes slope = hold + density / deviation_ - lambda_ * hold + scale_ * (level_ * hold + slope_theta);
        return y - clamp(value / (s * slope), broadcast<Lanes>(-0.5), broadcast<Lanes>(0.5));
    }

  private:
    static constexpr double kSign = kDirection<side>;
    const BoundaryProblem<Lanes>& problem_;
    Lanes time_, deviation_, drift_, bond_, stock_, lambda_, scale_, level_;
};

// Near expiry: |ln b / K| ~ sigma sqrt(tau ln(sigma^2 / (8 pi tau (r - q)^2))) from the strike, 0.6388 sigma sqrt tau from K r / q.
template <Side side, class Lanes>
Lanes short_time_offset(const BoundaryProblem<Lanes>& problem, double fraction) noexcept {
    const Lanes time = problem.horizon * fraction;
    const Lanes deviation = problem.volatility * square_root(time);
    if constexpr (side == Side::lower) {
        return 0.6388 * deviation;
    } else {
        const Lanes carry = problem.rate - problem.yield;
        const Lanes drift = carry * carry + 2.0 * problem.rate * problem.rate * deviation * deviation;
        const Lanes inside = problem.volatility * problem.volatility / maximum(25.132741228718345 * time * drift, 1e-300);
        const Lanes at_strike =
            deviation * square_root(maximum(logarithm(clamp(inside, broadcast<Lanes>(1e-3), broadcast<Lanes>(1e300))), 0.5));
        return select(problem.log_start < 0.0, 0.6388 * deviation, at_strike);
    }
}

template <Side side, class Lanes>
void first_guess(const BoundaryProblem<Lanes>& problem, const Scheme& scheme, Boundary<Lanes>& boundary) noexcept {
    // in units of sigma sqrt tau; the lower boundary keeps close to its short-time law, where QD+ fails near the meeting
    constexpr double kLeast = side == Side::upper ? 0.2 : 0.4;
    constexpr double kMost = side == Side::upper ? 8.0 : 0.66;
    boundary.log_start = problem.log_start;
    Lanes offset = short_time_offset<side>(problem, scheme.fraction[0]);
    for (int i = 0; i < scheme.nodes; ++i) {
        const Lanes deviation = problem.volatility * square_root(problem.horizon) * scheme.root[i];
        offset *= scheme.growth[i];
        const QuadraticApproximation<side, Lanes> approximation(problem, scheme.fraction[i], scheme.root[i]);
        for (int step = 0; step < (i == 0 ? 3 : 2); ++step) {
            const Lanes y = approximation.improve(problem.log_start + kDirection<side> * offset);
            offset = kDirection<side> * (y - problem.log_start);
            offset = minimum(clamp(offset, kLeast * deviation, kMost * deviation), problem.limit);
        }
        boundary.offset[i] = offset;
        boundary.square[i] = offset * offset;
    }
}

}  // namespace alaris::ALARIS_ISA
