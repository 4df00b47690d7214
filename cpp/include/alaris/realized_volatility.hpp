// Realised volatility of daily bars over a sliding window, from close-to-close to Yang-Zhang.
#pragma once

#include <cstddef>

namespace alaris {

enum class Estimator { yang_zhang, rogers_satchell, garman_klass, parkinson, close_to_close };

struct Bars {
    std::size_t count;
    const double *open, *high, *low, *close;
};

struct Window {
    int length;    // bars; a bar needs the close before it
    int least;     // bars that must be usable, or the result is NaN
    int sessions;  // a year
};

// Annualised volatility at each bar from the window that ends with it.
void realized_volatility(Estimator estimator, const Bars& bars, const Window& window, double* out);

}  // namespace alaris
