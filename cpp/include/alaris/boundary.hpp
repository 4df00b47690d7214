// The exercise boundary of an American put with strike 1, by collocation and Newton's method.
// L. Andersen, M. Lake and D. Offengenden, "High-performance American option pricing", J. Comp. Finance 20 (2016), with the kernels
// discounted as in J. Healy, "Pricing American options under negative rates", J. Comp. Finance 25 (2021), arXiv 2109.15157.
//
// With negative rates (yield < rate < 0) exercise is right between a lower and an upper boundary; each obeys an equation of its own,
// so one solver serves both: Side says which. b(tau) = b(0) exp(-+offset), and offset^2 is interpolated in x = sqrt(tau / horizon).
#pragma once

#include "alaris/normal.hpp"
#include "alaris/scheme.hpp"

namespace alaris::ALARIS_ISA {

enum class Side { upper, lower };

template <class Lanes>
struct BoundaryProblem {
    Lanes rate, yield, volatility, horizon;
    Lanes log_start;   // ln b(0+)
    Lanes start_rate;  // d ln b(0+) / d rate: 1 / rate where b(0+) = rate / yield, else 0; by the yield -1 / yield
    Lanes start_yield;
    Lanes limit;  // largest |ln b / b(0+)| admitted
};

template <class Lanes>
struct Boundary {
    Lanes log_start;
    Lanes offset[kMostNodes];  // |ln b / b(0+)| at the nodes
    Lanes square[kMostNodes];
};

// How the boundary answers to the volatility, and to the rate or the yield (see PutTerms::rate_share).
template <class Lanes>
struct BoundaryTangent {
    Lanes start;                   // d ln b(0+) by the rate or yield; by the volatility it is zero
    Lanes volatility[kMostNodes];  // half the derivative of the squared offsets
    Lanes carry[kMostNodes];
};

template <Side side>
inline constexpr double kDirection = side == Side::upper ? -1.0 : 1.0;

template <class Lanes>
struct Offset {
    Lanes inverse;  // 1 / |offset|
    Lanes size;     // |offset|
};

// offset between the nodes: constant weights times the squared offsets at the nodes.
template <class Lanes>
Offset<Lanes> interpolate(const double* weights, const Lanes* square, int nodes, Lanes least) noexcept {
    Lanes sum = weights[0] * square[0];
    for (int j = 1; j < nodes; ++j) {
        sum += weights[j] * square[j];
    }
    sum = maximum(sum, least);
    const Lanes size = square_root(sum);
    return {1.0 / size, size};
}

// One Newton step for all nodes together. For each node the value condition, in the ratio form "FP-B",
//   upper: b = N / D, N = e^{-r tau} Phi(d2(tau, b)) + r int e^{-rt} Phi(d2(t, b/b(u))) dt, D likewise with q and d1   (ALO 2016, FP-B)
//   lower: b = N / D, N = r int e^{-rt} Phi(-d2(t, b/b(u))) dt,                             D likewise with q and d1   (Healy 2021)
// is linearised exactly in the logarithms of b at all nodes: with dy = d ln b,
//   d(N - b D) = -+ int (r e^{-rt} phi(d2) - q b e^{-qt} phi(d1)) / (sigma sqrt t) (dy(u) - dy(tau)) dt - b D dy(tau).
template <Side side, Digits digits, class Lanes>
class BoundarySolver {
  public:
    BoundarySolver(const BoundaryProblem<Lanes>& problem, const Scheme& scheme) noexcept : problem_(problem), scheme_(scheme) {
        const int l = scheme.quadrature;
        deviation_ = problem.volatility * square_root(problem.horizon);
        inverse_deviation_ = 1.0 / deviation_;
        drift_ = (problem.rate - problem.yield) * problem.horizon;
        const Lanes rate = -problem.rate * problem.horizon;
        const Lanes yield = -problem.yield * problem.horizon;
        for (int row = 0; row < scheme.nodes * l; ++row) {
            bond_[row] = exponential(rate * scheme.time[row]);
            stock_[row] = exponential(yield * scheme.time[row]);
        }
        for (int i = 0; i < scheme.nodes; ++i) {
            node_bond_[i] = exponential(rate * scheme.fraction[i]);
            node_stock_[i] = exponential(yield * scheme.fraction[i]);
        }
    }

    // Improves the guess in place; returns the last change of an offset, large where the boundary has not settled.
    Lanes solve(Boundary<Lanes>& boundary) noexcept {
        MaskOf<Lanes> moving = deviation_ > 0.0;
        Lanes last{};
        for (int step = 0; step < scheme_.steps + scheme_.extra_steps; ++step) {
            const Lanes change = newton_step(boundary, moving);
            last = select(moving, change, last);
            if (step + 1 >= scheme_.steps) {
                moving = moving & (change > scheme_.tolerance);
                if (!any(moving)) {
                    break;
                }
            }
        }
        return last;
    }

    // Derivatives of the solution by implicit differentiation: one more linearisation, two more right-hand sides. share is one where
    // the rate is asked for, zero where the yield is.
    BoundaryTangent<Lanes> tangent(const Boundary<Lanes>& boundary, Lanes share) noexcept {
        const int n = scheme_.nodes;
        for (int i = 0; i < n; ++i) {
            linearise<true>(boundary, i, share);
        }
        eliminate<2>(n);
        BoundaryTangent<Lanes> tangent;
        tangent.start = share * problem_.start_rate + (1.0 - share) * problem_.start_yield;
        for (int j = 0; j < n; ++j) {
            tangent.volatility[j] = boundary.square[j] * right_[0][j];
            tangent.carry[j] = boundary.square[j] * right_[1][j];
        }
        return tangent;
    }

  private:
    static constexpr double kSign = kDirection<side>;
    static constexpr double kOutward = -kSign;  // Phi(kOutward d) is the share of paths in the exercise region's side

    // Returns the largest change of an offset, relative to the longest one: what the first nodes do hardly moves a price.
    Lanes newton_step(Boundary<Lanes>& boundary, MaskOf<Lanes> moving) noexcept {
        const int n = scheme_.nodes;
        for (int i = 0; i < n; ++i) {
            linearise<false>(boundary, i, broadcast<Lanes>(0.0));
        }
        eliminate<1>(n);
        Lanes largest = broadcast<Lanes>(0.0);
        const Lanes longest = boundary.offset[n - 1];
        for (int i = 0; i < n; ++i) {
            // the unknowns are relative changes of the offsets; more than a half would leave Newton's basin
            const Lanes relative = clamp(right_[0][i], broadcast<Lanes>(-0.5), broadcast<Lanes>(0.5));
            largest = maximum(largest, absolute(relative) * boundary.offset[i]);
            const Lanes offset = minimum(boundary.offset[i] * (1.0 + relative), problem_.limit);
            boundary.offset[i] = select(moving, offset, boundary.offset[i]);
            boundary.square[i] = boundary.offset[i] * boundary.offset[i];
        }
        return largest / longest;
    }

    // Sums over the quadrature points of one node.
    struct Row {
        Lanes numerator{}, denominator{};
        Lanes gain{};             // int (q b e^{-qt} phi(d1) - r e^{-rt} phi(d2)) / sqrt t
        Lanes by_volatility{};    // int (q b e^{-qt} phi(d1) d2 - r e^{-rt} phi(d2) d1)
        Lanes by_drift{};         // int (q b e^{-qt} phi(d1) - r e^{-rt} phi(d2)) sqrt t
        Lanes bonds{}, stocks{};  // numerator and denominator weighted by t
    };

    template <bool with_tangent>
    void linearise(const Boundary<Lanes>& boundary, int i, Lanes share) noexcept {
        const int n = scheme_.nodes;
        const int l = scheme_.quadrature;
        const Lanes log_ratio = kSign * boundary.offset[i];
        const Lanes b = exponential(boundary.log_start + log_ratio);
        const Lanes rate = problem_.rate * problem_.horizon;
        const Lanes yield = problem_.yield * problem_.horizon;
        Row sum;
        Lanes* row = matrix_[i];
        for (int j = 0; j < n; ++j) {
            row[j] = Lanes{};
        }
        for (int k = i * l; k < (i + 1) * l; ++k) {
            const double* weights = scheme_.interpolation + static_cast<std::ptrdiff_t>(k) * n;
            const auto before = interpolate(weights, boundary.square, n, scheme_.floor[k] * boundary.square[i]);
            const Lanes half = 0.5 * deviation_ * scheme_.root_time[k];
            const Lanes middle = (log_ratio - kSign * before.size + drift_ * scheme_.time[k]) * (inverse_deviation_ / scheme_.root_time[k]);
            const auto n1 = normal<digits>(kOutward * (middle + half));
            const auto n2 = normal<digits>(kOutward * (middle - half));
            const Lanes bond = scheme_.weight[k] * bond_[k];
            const Lanes stock = scheme_.weight[k] * stock_[k];
            sum.numerator += bond * n2.below;
            sum.denominator += stock * n1.below;
            const Lanes stock_density = yield * b * stock * n1.density;
            const Lanes bond_density = rate * bond * n2.density;
            const Lanes gain = (stock_density - bond_density) * (1.0 / scheme_.root_time[k]);
            sum.gain += gain;
            const Lanes scaled = gain * before.inverse;
            for (int j = 0; j < n; ++j) {
                row[j] += weights[j] * scaled;
            }
            if constexpr (with_tangent) {
                sum.by_volatility += stock_density * (middle - half) - bond_density * (middle + half);
                sum.by_drift += gain * scheme_.time[k];
                sum.bonds += bond * n2.below * scheme_.time[k];
                sum.stocks += stock * n1.below * scheme_.time[k];
            }
        }
        close_row<with_tangent>(boundary, i, b, sum, share);
    }

    // The terms outside the integrals, and the scaling: N / (b D) = 1 as a logarithm where both are positive (the equation is then nearly
    // linear), N - b D where they are not.
    template <bool with_tangent>
    void close_row(const Boundary<Lanes>& boundary, int i, Lanes b, const Row& sum, Lanes share) noexcept {
        const Lanes rate = problem_.rate * problem_.horizon;
        const Lanes yield = problem_.yield * problem_.horizon;
        Lanes numerator = rate * sum.numerator;
        Lanes denominator = yield * sum.denominator;
        Normal<Lanes> n1{}, n2{};
        if constexpr (side == Side::upper) {
            const Lanes spread = deviation_ * scheme_.root[i];
            const Lanes middle = (boundary.log_start - boundary.offset[i] + drift_ * scheme_.fraction[i]) / spread;
            n1 = normal<digits>(middle + 0.5 * spread);
            n2 = normal<digits>(middle - 0.5 * spread);
            numerator += node_bond_[i] * n2.below;
            denominator += node_stock_[i] * n1.below;
        }
        const Lanes product = b * denominator;
        const Lanes ratio = numerator / product;
        const auto regular = (ratio > 1e-3) & (ratio < 1e3) & (kOutward * product > 0.0);
        const Lanes scale = select(regular, 1.0 / product, broadcast<Lanes>(1.0));
        // scaled to relative changes of the offsets as unknowns: d ln b = kSign * offset * relative
        const Lanes slope = scale * inverse_deviation_ * kOutward;
        for (int j = 0; j < scheme_.nodes; ++j) {
            matrix_[i][j] *= kOutward * slope * boundary.square[j];
        }
        matrix_[i][i] += kSign * boundary.offset[i] * (scale * product + slope * sum.gain);
        if constexpr (!with_tangent) {
            right_[0][i] = select(regular, logarithm(select(regular, ratio, broadcast<Lanes>(1.0))), numerator - product);
        } else {
            // derivatives of N - b D with all ln b / b(0+) held
            const double fraction = scheme_.fraction[i];
            const Lanes drift = kOutward * sum.by_drift * inverse_deviation_;
            const Lanes by_volatility = kOutward * sum.by_volatility / problem_.volatility -
                                        node_bond_[i] * n2.density * square_root(problem_.horizon) * scheme_.root[i];
            const Lanes by_rate = sum.numerator - rate * sum.bonds - fraction * node_bond_[i] * n2.below - drift -
                                  product * problem_.start_rate / problem_.horizon;
            const Lanes by_yield = b * (yield * sum.stocks - sum.denominator + fraction * node_stock_[i] * n1.below) + drift -
                                   product * problem_.start_yield / problem_.horizon;
            right_[0][i] = scale * by_volatility;
            right_[1][i] = scale * problem_.horizon * (share * by_rate + (1.0 - share) * by_yield);
        }
    }

    // Gauss elimination without pivoting: the linearised Volterra equation is dominated by its diagonal.
    template <int sides>
    void eliminate(int n) noexcept {
        for (int i = 0; i < n; ++i) {
            const Lanes inverse = 1.0 / matrix_[i][i];
            for (int r = i + 1; r < n; ++r) {
                const Lanes factor = matrix_[r][i] * inverse;
                for (int j = i + 1; j < n; ++j) {
                    matrix_[r][j] -= factor * matrix_[i][j];
                }
                for (int side_index = 0; side_index < sides; ++side_index) {
                    right_[side_index][r] -= factor * right_[side_index][i];
                }
            }
            matrix_[i][i] = inverse;
        }
        for (int side_index = 0; side_index < sides; ++side_index) {
            Lanes* right = right_[side_index];
            for (int i = n - 1; i >= 0; --i) {
                for (int j = i + 1; j < n; ++j) {
                    right[i] -= matrix_[i][j] * right[j];
                }
                right[i] *= matrix_[i][i];
            }
        }
    }

    const BoundaryProblem<Lanes>& problem_;
    const Scheme& scheme_;
    Lanes deviation_, inverse_deviation_, drift_;
    Lanes bond_[kMostNodes * kMostQuadrature];
    Lanes stock_[kMostNodes * kMostQuadrature];
    Lanes node_bond_[kMostNodes], node_stock_[kMostNodes];
    Lanes matrix_[kMostNodes][kMostNodes];
    Lanes right_[2][kMostNodes];
};

}  // namespace alaris::ALARIS_ISA
