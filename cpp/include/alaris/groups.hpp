// Arrays cut into groups of lanes.
#pragma once

#include "alaris/kernels.hpp"
#include "alaris/premium.hpp"

namespace alaris::ALARIS_ISA {

template <class Lanes>
PutTerms<Lanes> read(const PutArrays& puts, std::size_t at) noexcept {
    const auto spot = load<Lanes>(puts.spot + at);
    return {spot,
            logarithm(spot),
            load<Lanes>(puts.time + at),
            load<Lanes>(puts.rate + at),
            load<Lanes>(puts.yield + at),
            load<Lanes>(puts.volatility + at),
            load<Lanes>(puts.rate_share + at)};
}

// Whole groups in wide lanes; what remains one option at a time, or as one more group that repeats options already priced.
template <class Kernel>
void for_each_group(std::size_t count, const Kernel& kernel) noexcept {
    std::size_t at = 0;
    for (; at + kWidth <= count; at += kWidth) {
        kernel(Wide{}, at);
    }
    if (at < count && count >= kWidth && count - at > 1) {
        kernel(Wide{}, count - kWidth);
        return;
    }
    for (; at < count; ++at) {
        kernel(double{}, at);
    }
}

// Eleven digits of the normal law are enough for every scheme that stops well above them.
inline bool needs_sixteen(const Scheme& scheme) noexcept {
    return scheme.tolerance < 1e-5;
}

// Defined in implied_kernels.cpp, boundary_kernels.cpp, shared_kernels.cpp and realized_kernels.cpp, each compiled for this instruction
// set.
void implied_arrays(PutKind kind, const PutArrays& puts, const double* price, double* volatility);
void boundary_arrays(PutKind kind, const PutArrays& puts, const Scheme& scheme, const double* times, const BoundaryArrays& boundaries);
void shared_arrays(const PutArrays& puts, const Scheme& scheme, std::size_t spots, const double* spot, double* price);
bool moves_arrays(MoveSet set, const BarArrays& bars, std::size_t begin, std::size_t end, double* const* columns, double* usable);
void window_sums(double* values, double* scratch, std::size_t count, int window);
std::size_t sliding_room(int window);
bool sliding_arrays(MoveSet set, const BarArrays& bars, const Stretch& stretch, int window, double sessions, double* room, double* out);
void annualise_arrays(MoveSet set, double* const* columns, const double* counts, int window, const Annualise& annualise, std::size_t count,
                      double* out);

}  // namespace alaris::ALARIS_ISA
