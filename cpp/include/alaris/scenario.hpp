// A portfolio repriced over a grid of moves of spot and volatility and of days passed.
#pragma once

#include "alaris/pricing.hpp"

namespace alaris {

struct Moves {
    std::size_t days, volatilities, spots;
    const double* day;         // calendar days from now
    const double* volatility;  // relative change; -1 takes it all
    const double* spot;        // relative change, above -1
};

// values[((leg * days + d) * volatilities + v) * spots + s].
void scenario_values(const Options& legs, const Moves& moves, Style style, const Scheme& scheme, double* values, int threads);

}  // namespace alaris
