// Prices and Greeks of many options: checks the input, turns every option into a put with strike 1, sorts by regime, runs the kernels.
#pragma once

#include <cstddef>

#include "alaris/column.hpp"
#include "alaris/scheme.hpp"

namespace alaris {

enum class Style { american, european };

struct Options {
    std::size_t count = 0;
    Column<bool> is_call;
    Column<double> spot, strike, time, rate, yield, volatility;
};

// Where results go; price is always wanted, delta, gamma and theta together or not at all, vega and rho only with them. Theta a year;
// vega and rho for 1.00 of change.
struct Values {
    double* price = nullptr;
    double* delta = nullptr;
    double* gamma = nullptr;
    double* theta = nullptr;
    double* vega = nullptr;
    double* rho = nullptr;
};

// Throws InvalidInput naming the first argument that cannot be priced. The volatility is not looked at when it has no data.
void check(const Options& options);

void evaluate(const Options& options, Style style, const Scheme& scheme, const Values& values, int threads);

// The first option alone, without the batch's buffers; the same numbers.
void evaluate_one(const Options& options, Style style, const Scheme& scheme, const Values& values);

}  // namespace alaris
