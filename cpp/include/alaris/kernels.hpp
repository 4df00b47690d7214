// The door between the host code and the kernels: plain arrays in and out, one table of functions an instruction set.
#pragma once

#include <cstddef>

#include "alaris/scheme.hpp"

namespace alaris {

// Puts with strike 1; spot in strikes. All of one regime.
struct PutArrays {
    std::size_t count;
    const double *spot, *time, *rate, *yield, *volatility;
};

// Any may be null but price. rate_slope: by the rate; yield_slope: by the dividend yield.
struct ValueArrays {
    double *price, *delta, *gamma, *vega, *rate_slope, *yield_slope;
};

struct BoundaryArrays {
    double *upper, *lower;  // in strikes, NaN where there is none
};

struct Kernels {
    const char* name;
    void (*european)(const PutArrays&, const ValueArrays&);
    void (*american_single)(const PutArrays&, const Scheme&, const ValueArrays&);
    void (*american_both)(const PutArrays&, const Scheme&, const ValueArrays&);
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
