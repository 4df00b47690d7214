// Realised volatility of daily bars over a sliding window, from close-to-close to Yang-Zhang.
#pragma once

#include <cstddef>

#include "alaris/kernels.hpp"

namespace alaris {

struct Bars {
    std::size_t count;
    BarArrays arrays;
};

struct Window {
    int length;    // bars
    int least;     // bars that must be usable, or the result is NaN
    int sessions;  // a year
};

// Annualised volatility at each bar from the window that ends with it. Estimators that look at the close before a bar never use the
// first bar of all.
void realized_volatility(MoveSet set, const Bars& bars, const Window& window, double* out);

}  // namespace alaris
