// Exercise boundaries over arrays; compiled once for each instruction set.
#include "alaris/american.hpp"
#include "alaris/groups.hpp"

namespace alaris::ALARIS_ISA {
namespace {

template <class Lanes>
struct Region {
    Lanes lower, upper;
};

template <class Lanes>
Lanes missing() noexcept {
    return broadcast<Lanes>(__builtin_nan(""));
}

template <class Lanes>
Region<Lanes> single_region(const PutTerms<Lanes>& put, Lanes time, const Scheme& scheme) noexcept {
    Solution<Lanes> upper;
    solve<Side::upper, Want::price, Digits::sixteen>(put, scheme, upper);
    const Lanes offset = select(time > 0.0, OffsetSeries<Lanes>(upper.boundary, scheme)(square_root(time / put.time)), Lanes{});
    return {missing<Lanes>(), exponential(upper.boundary.log_start - offset)};
}

template <class Lanes>
Region<Lanes> both_region(const PutTerms<Lanes>& put, Lanes time, const Scheme& scheme) noexcept {
    BothBoundaries<Lanes> both;
    const Lanes longest = longest_horizon(put);
    guess(put, longest, coarsest(scheme), both);
    refine_guess<Want::price, Digits::sixteen>(put, scheme, longest, both);
    const Lanes x = square_root(time / both.horizon);
    const auto open = x <= select(both.met.happens, both.met.root, broadcast<Lanes>(1.0 + 1e-12));
    const Lanes inside = minimum(x, 1.0);
    const auto offset = [&](const Boundary<Lanes>& boundary) {
        return select(time > 0.0, OffsetSeries<Lanes>(boundary, scheme)(inside), Lanes{});
    };
    const Lanes upper = exponential(-offset(both.upper.boundary));
    const Lanes lower = exponential(both.lower.boundary.log_start + offset(both.lower.boundary));
    const auto region = open & (lower <= upper);  // the two curves may cross a little before the meeting that was worked out
    return {select(region, lower, missing<Lanes>()), select(region, upper, missing<Lanes>())};
}

}  // namespace

void boundary_arrays(PutKind kind, const PutArrays& puts, const Scheme& scheme, const double* times, const BoundaryArrays& boundaries) {
    for_each_group(puts.count, [&](auto lanes, std::size_t at) {
        using Lanes = decltype(lanes);
        const auto put = read<Lanes>(puts, at);
        const auto time = load<Lanes>(times + at);
        const auto region = kind == PutKind::both ? both_region(put, time, scheme) : single_region(put, time, scheme);
        store(boundaries.lower + at, region.lower);
        store(boundaries.upper + at, region.upper);
    });
}

}  // namespace alaris::ALARIS_ISA
