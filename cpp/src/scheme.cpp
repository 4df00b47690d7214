// Presets of precision, and the constant tables of a scheme.
#include "alaris/scheme.hpp"

#include <memory>
#include <mutex>
#include <vector>

#include "alaris/quadrature.hpp"

namespace alaris {
namespace {

class Tables {
  public:
    explicit Tables(const SchemeSize& size) : nodes_(size.nodes) {
        view_.coarse = size.coarse;
        view_.patient = &patient_;
        view_.nodes = size.nodes;
        view_.quadrature = size.quadrature;
        view_.premium = size.premium;
        view_.steps = size.steps;
        view_.extra_steps = 0;
        view_.tolerance = size.tolerance;
        collocation();
        kernel();
        premium();
        patient_ = view_;
        patient_.patient = nullptr;
        patient_.extra_steps = size.extra_steps;
    }

    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;

    const Scheme& view() const { return view_; }

  private:
    void collocation() {
        const int n = view_.nodes;
        double* root = keep(&view_.root, n);
        double* fraction = keep(&view_.fraction, n);
        double* growth = keep(&view_.growth, n);
        for (int i = 0; i < n; ++i) {
            root[i] = nodes_.node(i + 1);
            fraction[i] = root[i] * root[i];
            growth[i] = i == 0 ? 1.0 : std::pow(root[i] / root[i - 1], 0.8);
        }
        double* chebyshev = keep(&view_.chebyshev, (n + 1) * n);
        for (int k = 0; k <= n; ++k) {
            for (int j = 1; j <= n; ++j) {  // discrete cosine transform; x_j corresponds to the angle pi (n - j) / n of 2x - 1
                const double ends = (k == 0 || k == n ? 0.5 : 1.0) * (j == n ? 0.5 : 1.0);
                chebyshev[k * n + j - 1] = ends * 2.0 / n * std::cos(kPi * k * (n - j) / n);
            }
        }
    }

    void kernel() {
        const int n = view_.nodes;
        const int l = view_.quadrature;
        const GaussRule rule = gauss_legendre(l);
        double* time = keep(&view_.time, n * l);
        double* root_time = keep(&view_.root_time, n * l);
        double* weight = keep(&view_.weight, n * l);
        double* interpolation = keep(&view_.interpolation, n * l * n);
        double* floor = keep(&view_.floor, n * l);
        for (int i = 0; i < n; ++i) {
            const double x = nodes_.node(i + 1);
            for (int k = 0; k < l; ++k) {
                const double angle = 0.5 * kPi * rule.node[k];
                const int row = i * l + k;
                root_time[row] = x * std::cos(angle);
                time[row] = root_time[row] * root_time[row];
                weight[row] = x * x * std::sin(2.0 * angle) * 0.5 * kPi * rule.weight[k];
                floor[row] = 0.01 * std::sin(angle) * std::sin(angle);
                nodes_.weights(x * std::sin(angle), interpolation + static_cast<std::ptrdiff_t>(row) * n);
            }
        }
    }

    void premium() {
        const int n = view_.nodes;
        const int p = view_.premium;
        const GaussRule rule = gauss_legendre(p);
        double* time = keep(&view_.premium_time, p);
        double* root_time = keep(&view_.premium_root_time, p);
        double* weight = keep(&view_.premium_weight, p);
        double* sine = keep(&view_.premium_sine, p);
        double* node = keep(&view_.gauss_node, p);
        double* gauss_weight = keep(&view_.gauss_weight, p);
        double* interpolation = keep(&view_.premium_interpolation, p * n);
        for (int k = 0; k < p; ++k) {
            const double angle = 0.5 * kPi * rule.node[k];
            node[k] = rule.node[k];
            gauss_weight[k] = rule.weight[k];
            sine[k] = std::sin(angle);
            root_time[k] = std::cos(angle);
            time[k] = root_time[k] * root_time[k];
            weight[k] = std::sin(2.0 * angle) * 0.5 * kPi * rule.weight[k];
            nodes_.weights(sine[k], interpolation + static_cast<std::ptrdiff_t>(k) * n);
        }
    }

    double* keep(const double** field, int length) {
        storage_.emplace_back(length);
        *field = storage_.back().data();
        return storage_.back().data();
    }

    ChebyshevNodes nodes_;
    Scheme view_{};
    Scheme patient_{};
    std::vector<std::vector<double>> storage_;
};

}  // namespace

const Scheme& scheme(Precision precision) {
    // sizes found on one random set and scored on another (benchmarks/pricing.py); root mean square errors in strikes beside them
    static const Tables sketch({nullptr, 5, 6, 13, 2, 2, 5e-2});
    static const Tables fast({nullptr, 5, 6, 13, 1, 3, 5e-2});             // 2.7e-6
    static const Tables accurate({&sketch.view(), 8, 9, 19, 1, 8, 2e-2});  // 9e-8
    static const Tables high({&accurate.view(), 12, 15, 35, 1, 8, 5e-3});  // 6e-9
    static const Tables reference({&high.view(), 32, 64, 201, 2, 20, 1e-12});
    switch (precision) {
        case Precision::fast:
            return fast.view();
        case Precision::accurate:
            return accurate.view();
        case Precision::high:
            return high.view();
        case Precision::reference:
            break;
    }
    return reference.view();
}

const Scheme& scheme(const SchemeSize& size) {
    static std::mutex guard;
    static std::vector<std::unique_ptr<Tables>> kept;
    const std::lock_guard<std::mutex> locked(guard);
    kept.push_back(std::make_unique<Tables>(size));
    return kept.back()->view();
}

}  // namespace alaris
