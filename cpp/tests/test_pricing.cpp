// Native checks that need no Python: published prices on every instruction set this processor runs.
#include <cmath>
#include <cstdio>
#include <vector>

#include "alaris/pricing.hpp"

namespace {

struct Published {
    double spot, time, rate, yield, volatility, price, tolerance;
};

// Puts struck at 100. Healy (2021), negative rates, and Andersen-Lake-Offengenden (2016), as quoted to more digits in reference/pricing.md.
const std::vector<Published> kPublished = {
    {100.0, 10.0, -0.005, -0.01, 0.08, 8.59780167, 2e-6},  {120.0, 10.0, -0.005, -0.01, 0.08, 2.95192128, 2e-6},
    {100.0, 20.0, -0.005, -0.01, 0.08, 11.68371245, 2e-6}, {120.0, 20.0, -0.005, -0.01, 0.08, 5.68669013, 2e-6},
    {100.0, 3.0, -0.01, -0.03, 0.22, 13.32151544, 2e-6},   {100.0, 5.0, -0.01, -0.03, 0.22, 16.76325125, 2e-6},
};

int failures = 0;

void expect_near(const char* what, double got, double wanted, double tolerance) {
    if (!(std::fabs(got - wanted) <= tolerance)) {
        std::printf("%s: got %.12g, wanted %.12g within %g\n", what, got, wanted, tolerance);
        ++failures;
    }
}

void published_prices() {
    const bool call = false;
    const double strike = 100.0;
    for (const Published& row : kPublished) {
        double price = 0.0;
        alaris::Options options;
        options.count = 1;
        options.is_call = {&call, 0};
        options.spot = {&row.spot, 0};
        options.strike = {&strike, 0};
        options.time = {&row.time, 0};
        options.rate = {&row.rate, 0};
        options.yield = {&row.yield, 0};
        options.volatility = {&row.volatility, 0};
        alaris::Values values;
        values.price = &price;
        alaris::evaluate(options, alaris::Style::american, alaris::scheme(alaris::Precision::high), values, 1);
        expect_near("published put", price, row.price, row.tolerance);
    }
}

}  // namespace

int main() {
    published_prices();
    return failures == 0 ? 0 : 1;
}
