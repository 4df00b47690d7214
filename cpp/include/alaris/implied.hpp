// Implied volatilities of many options, each with the reason where there is none.
#pragma once

#include <cstdint>

#include "alaris/pricing.hpp"

namespace alaris {

enum class ImpliedStatus : std::uint8_t { ok, below_intrinsic, above_bound, no_vega, bad_input };

// An option that cannot be valued, or a price that is not a number, is answered with bad_input, not an exception: quotes are what they are.
void implied_volatility(const Options& options, const Column<double>& price, Style style, const Scheme& scheme, double* volatility,
                        std::uint8_t* status, int threads);

struct Boundaries {
    double *upper, *lower;
};

// Early-exercise region lower <= spot <= upper at the given times to expiry (0 <= times <= time); NaN where it has no such end.
void exercise_boundary(const Options& options, const Column<double>& times, const Scheme& scheme, const Boundaries& boundaries,
                       int threads);

}  // namespace alaris
