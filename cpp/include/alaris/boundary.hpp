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
    Lanes log_start;  // ln b(0+)
    Lanes limit;      // largest |ln b / b(0+)| admitted
};

template <class Lanes>
struct Boundary {
    Lanes log_start;
    Lanes offset[kMostNodes];  // |ln b / b(0+)| at the nodes
    Lanes square[kMostNodes];
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

    // Improves the guess in place.
    void solve(Boundary<Lanes>& boundary) noexcept {
        MaskOf<Lanes> moving = deviation_ > 0.0;
        for (int step = 0; step < scheme_.steps + scheme_.extra_steps; ++step) {
            const Lanes change = newton_step(boundary, moving);
            if (step + 1 >= scheme_.steps) {
                moving = moving & (change > scheme_.tolerance);
                if (!any(moving)) {
                    break;
                }
            }
        }
    }

  private:
    static constexpr double kSign = kDirection<side>;

    // Returns the largest change of an offset, relative to it.
    Lanes newton_step(Boundary<Lanes>& boundary, MaskOf<Lanes> moving) noexcept {
        const int n = scheme_.nodes;
        for (int i = 0; i < n; ++i) {
            linearise(boundary, i);
        }
        eliminate(n);
        Lanes largest = broadcast<Lanes>(0.0);
        for (int i = 0; i < n; ++i) {
            // the unknowns are relative changes of the offsets; more than a half would leave Newton's basin
            const Lanes relative = clamp(residual_[i], broadcast<Lanes>(-0.5), broadcast<Lanes>(0.5));
            largest = maximum(largest, absolute(relative));
            const Lanes offset = minimum(boundary.offset[i] * (1.0 + relative), problem_.limit);
            boundary.offset[i] = select(moving, offset, boundary.offset[i]);
            boundary.square[i] = boundary.offset[i] * boundary.offset[i];
        }
        return largest;
    }

    void linearise(const Boundary<Lanes>& boundary, int i) noexcept {
        const int n = scheme_.nodes;
        const int l = scheme_.quadrature;
        const Lanes log_ratio = kSign * boundary.offset[i];
        const Lanes b = exponential(boundary.log_start + log_ratio);
        const Lanes rate = problem_.rate * problem_.horizon;
        const Lanes yield = problem_.yield * problem_.horizon;
        Lanes numerator = broadcast<Lanes>(0.0);
        Lanes denominator = broadcast<Lanes>(0.0);
        Lanes total = broadcast<Lanes>(0.0);
        Lanes* row = matrix_[i];
        for (int j = 0; j < n; ++j) {
            row[j] = broadcast<Lanes>(0.0);
        }
        for (int k = i * l; k < (i + 1) * l; ++k) {
            const double* weights = scheme_.interpolation + static_cast<std::ptrdiff_t>(k) * n;
            const auto before = interpolate(weights, boundary.square, n, scheme_.floor[k] * boundary.square[i]);
            const Lanes spread = deviation_ * scheme_.root_time[k];
            const Lanes middle = (log_ratio - kSign * before.size + drift_ * scheme_.time[k]) * (inverse_deviation_ / scheme_.root_time[k]);
            const auto n1 = normal<digits>(-kSign * (middle + 0.5 * spread));
            const auto n2 = normal<digits>(-kSign * (middle - 0.5 * spread));
            numerator += scheme_.weight[k] * bond_[k] * n2.below;
            denominator += scheme_.weight[k] * stock_[k] * n1.below;
            const Lanes gain =
                (yield * b * stock_[k] * n1.density - rate * bond_[k] * n2.density) * (-kSign * scheme_.weight[k] / scheme_.root_time[k]);
            total += gain;
            const Lanes scaled = gain * before.inverse;
            for (int j = 0; j < n; ++j) {
                row[j] += weights[j] * scaled;
            }
        }
        numerator *= rate;
        denominator *= yield;
        if constexpr (side == Side::upper) {
            const Lanes spread = deviation_ * scheme_.root[i];
            const Lanes middle = (boundary.log_start + log_ratio + drift_ * scheme_.fraction[i]) / spread;
            numerator += node_bond_[i] * normal<digits>(middle - 0.5 * spread).below;
            denominator += node_stock_[i] * normal<digits>(middle + 0.5 * spread).below;
        }
        close_row(boundary, i, numerator, b * denominator, total);
    }

    // N / (b D) = 1 as a logarithm where both are positive (the equation is then nearly linear); N - b D where they are not.
    void close_row(const Boundary<Lanes>& boundary, int i, Lanes numerator, Lanes product, Lanes total) noexcept {
        const Lanes ratio = numerator / product;
        const auto regular = (ratio > 1e-3) & (ratio < 1e3) & (side == Side::upper ? product > 0.0 : product < 0.0);
        const Lanes scale = select(regular, 1.0 / product, broadcast<Lanes>(1.0));
        const Lanes error = select(regular, logarithm(select(regular, ratio, broadcast<Lanes>(1.0))), numerator - product);
        // scaled to kSign * offset as the unknown: dy = kSign * offset * relative
        const Lanes slope = scale * inverse_deviation_;
        for (int j = 0; j < scheme_.nodes; ++j) {
            matrix_[i][j] *= -kSign * slope * boundary.square[j];
        }
        matrix_[i][i] += kSign * boundary.offset[i] * (scale * product + slope * total);
        residual_[i] = error;
    }

    // Gauss elimination without pivoting: the linearised Volterra equation is dominated by its diagonal.
    void eliminate(int n) noexcept {
        for (int i = 0; i < n; ++i) {
            const Lanes inverse = 1.0 / matrix_[i][i];
            for (int r = i + 1; r < n; ++r) {
                const Lanes factor = matrix_[r][i] * inverse;
                for (int j = i + 1; j < n; ++j) {
                    matrix_[r][j] -= factor * matrix_[i][j];
                }
                residual_[r] -= factor * residual_[i];
            }
            matrix_[i][i] = inverse;
        }
        for (int i = n - 1; i >= 0; --i) {
            for (int j = i + 1; j < n; ++j) {
                residual_[i] -= matrix_[i][j] * residual_[j];
            }
            residual_[i] *= matrix_[i][i];
        }
    }

    const BoundaryProblem<Lanes>& problem_;
    const Scheme& scheme_;
    Lanes deviation_, inverse_deviation_, drift_;
    Lanes bond_[kMostNodes * kMostQuadrature];
    Lanes stock_[kMostNodes * kMostQuadrature];
    Lanes node_bond_[kMostNodes], node_stock_[kMostNodes];
    Lanes matrix_[kMostNodes][kMostNodes];
    Lanes residual_[kMostNodes];
};

}  // namespace alaris::ALARIS_ISA
