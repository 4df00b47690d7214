// Gauss-Legendre nodes and weights, and barycentric interpolation at Chebyshev points of the second kind.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace alaris {

inline constexpr double kPi = 3.14159265358979323846;

struct GaussRule {
    std::vector<double> node, weight;  // on [0, 1]
};

// Newton on the Legendre polynomial from Tricomi's estimate of its roots.
inline GaussRule gauss_legendre(int points) {
    GaussRule rule{std::vector<double>(points), std::vector<double>(points)};
    for (int i = 0; i < points; ++i) {
        double x = std::cos(kPi * (i + 0.75) / (points + 0.5));
        double slope = 1.0;
        for (int step = 0; step < 8; ++step) {
            double before = 1.0;
            double value = x;
            for (int k = 2; k <= points; ++k) {
                const double next = ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k;
                before = value;
                value = next;
            }
            slope = points * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        rule.node[i] = 0.5 * (1.0 - x);
        rule.weight[i] = 1.0 / ((1.0 - x * x) * slope * slope);
    }
    return rule;
}

// Nodes x_j = (1 - cos(pi j / n)) / 2, j = 0..n, and the weights that carry values at j = 1..n to x (the value at x_0 = 0 is zero).
class ChebyshevNodes {
  public:
    explicit ChebyshevNodes(int n) : n_(n) {}

    double node(int j) const { return 0.5 * (1.0 - std::cos(kPi * j / n_)); }

    void weights(double x, double* out) const {
        double total = 0.0;
        for (int j = 0; j <= n_; ++j) {
            const double distance = x - node(j);
            if (std::abs(distance) < 1e-15) {
                for (int i = 1; i <= n_; ++i) {
                    out[i - 1] = i == j ? 1.0 : 0.0;
                }
                return;
            }
            const double barycentric = (j % 2 == 0 ? 1.0 : -1.0) * (j == 0 || j == n_ ? 0.5 : 1.0) / distance;
            total += barycentric;
            if (j > 0) {
                out[j - 1] = barycentric;
            }
        }
        for (int i = 0; i < n_; ++i) {
            out[i] /= total;
        }
    }

  private:
    int n_;
};

}  // namespace alaris
