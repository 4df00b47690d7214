// A numerical scheme: how many collocation nodes, quadrature points and Newton steps, and the constants that follow from them.
// Nodes and quadrature points are fixed fractions of the horizon, so one set of matrices serves every option.
#pragma once

namespace alaris {

enum class Precision { fast, accurate, high, reference };

// Read-only view; the arrays live as long as the program. n = nodes, l = quadrature points a node, p = points of the premium.
struct Scheme {
    const Scheme* coarse;   // the scheme whose solution is this one's first guess; null: QD+ is
    const Scheme* patient;  // the same with further steps for boundaries that have not settled; null: this is it
    int nodes, quadrature, premium;
    int steps;         // Newton steps every boundary gets
    int extra_steps;   // further steps for a boundary that has not settled; few have not, so they are solved again, together
    double tolerance;  // relative change of the boundary below which it has settled

    // Collocation at x_i = (1 - cos(pi i / n)) / 2, x = sqrt(tau / horizon); i = 1..n (at x = 0 the boundary is known).
    const double* root;       // [n] x_i
    const double* fraction;   // [n] x_i^2
    const double* growth;     // [n] (x_i / x_{i-1})^0.8, for the first guess; [0] unused
    const double* chebyshev;  // [(n+1) x n] coefficients of the interpolating Chebyshev series from the values at the nodes

    // Kernel quadrature, t = tau_i cos^2(theta), u = tau_i sin^2(theta); row i * l + k.
    const double* time;           // [n l] t / horizon
    const double* root_time;      // [n l] sqrt(t / horizon)
    const double* weight;         // [n l] dt / horizon
    const double* interpolation;  // [n l x n] value at sqrt(u / horizon) from the values at the nodes
    const double* floor;          // [n l] (u / tau_i) / 100: a squared log boundary cannot be below this share of its node's

    // Premium quadrature over the whole horizon, same substitution.
    const double* premium_time;           // [p]
    const double* premium_root_time;      // [p]
    const double* premium_weight;         // [p]
    const double* premium_interpolation;  // [p x n]
    const double* premium_sine;           // [p] sin(theta) for theta on [0, pi/2]
    const double* gauss_node;             // [p] Gauss-Legendre on [0, 1]
    const double* gauss_weight;           // [p]
};

// What defines a scheme.
struct SchemeSize {
    const Scheme* coarse;
    int nodes, quadrature, premium, steps, extra_steps;
    double tolerance;
};

// Largest sizes a kernel reserves room for.
inline constexpr int kMostNodes = 32;
inline constexpr int kMostQuadrature = 64;

const Scheme& scheme(Precision precision);
// Tables of another size; kept for the life of the program, so meant for studies and tests.
const Scheme& scheme(const SchemeSize& size);

}  // namespace alaris
