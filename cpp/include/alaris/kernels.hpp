// The door between the host code and the kernels: plain arrays in and out, one table of functions an instruction set.
#pragma once

#include <cstddef>

#include "alaris/scheme.hpp"

namespace alaris {

// Puts with strike 1; spot in strikes. All of one regime.
struct PutArrays {
    std::size_t count;
    const double *spot, *time, *rate, *yield, *volatility;
    const double* rate_share;  // one where carry is the slope by the rate, zero where by the yield
};

// Price is always wanted; delta and gamma together or not at all; vega and carry only with them.
struct ValueArrays {
    double *price, *delta, *gamma, *vega, *carry;
};

// How a put can be exercised.
enum class PutKind { european, single, both };

// Implied volatility of an American option: most steps on a swift scheme, the last on the exact one.
struct ImpliedSchemes {
    const Scheme *swift, *exact;
};

struct BoundaryArrays {
    double *upper, *lower;  // in strikes, NaN where there is none
};

struct Kernels {
    const char* name;
    void (*european)(const PutArrays&, const ValueArrays&);
    void (*american_single)(const PutArrays&, const Scheme&, const ValueArrays&);
    void (*american_both)(const PutArrays&, const Scheme&, const ValueArrays&);
    // price in strikes, inside the bounds; the volatility of the puts is not read
    void (*implied)(PutKind, const PutArrays&, const ImpliedSchemes&, const double* price, double* volatility);
    // at times to expiry; the spot is not read
    void (*boundary)(PutKind, const PutArrays&, const Scheme&, const double* times, const BoundaryArrays&);
};

// The best set this processor runs, or the one named by the environment variable ALARIS_ISA (avx512, avx2, baseline).
const Kernels& kernels();

namespace avx512 {
Kernels table() noexcept;
}
namespace avx2 {
Kernels table() noexcept;
}
namespace baseline {
Kernels table() noexcept;
}

}  // namespace alaris
