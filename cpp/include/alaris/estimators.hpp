// Estimators of volatility from open, high, low and close: what each sums over its window, and what it makes of the sums.
//   close to close: sample variance of ln(C_i / C_{i-1})
//   M. Parkinson, "The extreme value method for estimating the variance of the rate of return", J. Business 53 (1980)
//   M. Garman and M. Klass, "On the estimation of security price volatilities from historical data", J. Business 53 (1980)
//   L. Rogers and S. Satchell, "Estimating variance from high, low and closing prices", Ann. Applied Probability 1 (1991)
//   D. Yang and Q. Zhang, "Drift-independent volatility estimation ...", J. Business 73 (2000), equations 7, 8 and 10
#pragma once

#include "alaris/elementary.hpp"
#include "alaris/kernels.hpp"

namespace alaris::ALARIS_ISA {

// Logarithms of one bar: overnight = ln(O_i / C_{i-1}); up, down, session = ln of high, low and close from the open.
template <class Lanes>
struct Moves {
    Lanes overnight, up, down, session;
};

template <MoveSet set>
inline constexpr int kColumns = set == MoveSet::yang_zhang       ? 5
                                : set == MoveSet::close_to_close ? 2
                                                                 : 1;

template <MoveSet set>
inline constexpr bool kLooksBack = set == MoveSet::yang_zhang || set == MoveSet::close_to_close;

template <MoveSet set, class Lanes>
void summands(const Moves<Lanes>& m, Lanes* columns) noexcept {
    constexpr double kTwoLn2Less1 = 0.38629436111989061883;
    if constexpr (set == MoveSet::yang_zhang) {
        columns[0] = m.overnight;
        columns[1] = m.overnight * m.overnight;
        columns[2] = m.session;
        columns[3] = m.session * m.session;
        columns[4] = m.up * (m.up - m.session) + m.down * (m.down - m.session);
    } else if constexpr (set == MoveSet::rogers_satchell) {
        columns[0] = m.up * (m.up - m.session) + m.down * (m.down - m.session);
    } else if constexpr (set == MoveSet::garman_klass) {
        const Lanes range = m.up - m.down;
        columns[0] = 0.5 * range * range - kTwoLn2Less1 * m.session * m.session;
    } else if constexpr (set == MoveSet::parkinson) {
        const Lanes range = m.up - m.down;
        columns[0] = range * range;
    } else {
        const Lanes move = m.overnight + m.session;
        columns[0] = move;
        columns[1] = move * move;
    }
}

// What a count of bars alone decides.
template <class Lanes>
struct Weights {
    Lanes inverse, inverse_less_one, k;  // 1 / n, 1 / (n - 1), Yang and Zhang's k

    explicit Weights(Lanes n) noexcept
        : inverse(1.0 / n), inverse_less_one(1.0 / (n - 1.0)), k(0.34 / (1.34 + (n + 1.0) * inverse_less_one)) {}

    Lanes sample_variance(Lanes sum, Lanes squares) const noexcept {
        return maximum(squares - sum * sum * inverse, 0.0) * inverse_less_one;
    }
};

// Variance per session.
template <MoveSet set, class Lanes>
Lanes variance(const Lanes* sums, const Weights<Lanes>& weights) noexcept {
    constexpr double kInverseFourLn2 = 0.36067376022224085173;
    if constexpr (set == MoveSet::yang_zhang) {
        return weights.sample_variance(sums[0], sums[1]) + weights.k * weights.sample_variance(sums[2], sums[3]) +
               (1.0 - weights.k) * sums[4] * weights.inverse;
    } else if constexpr (set == MoveSet::close_to_close) {
        return weights.sample_variance(sums[0], sums[1]);
    } else {
        return sums[0] * weights.inverse * (set == MoveSet::parkinson ? kInverseFourLn2 : 1.0);
    }
}

}  // namespace alaris::ALARIS_ISA
