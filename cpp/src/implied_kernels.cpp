// Implied volatilities over arrays; compiled once for each instruction set.
#include "alaris/groups.hpp"
#include "alaris/implied_volatility.hpp"

namespace alaris::ALARIS_ISA {
namespace {

template <bool both, Digits digits>
void american(const PutArrays& puts, const ImpliedSchemes& schemes, const double* price, double* volatility) noexcept {
    for_each_group(puts.count, [&](auto lanes, std::size_t at) {
        using Lanes = decltype(lanes);
        AmericanImplied<both, digits, Lanes> implied(read<Lanes>(puts, at), load<Lanes>(price + at), *schemes.swift, *schemes.exact);
        store(volatility + at, implied.solve());
    });
}

template <Digits digits>
void american(PutKind kind, const PutArrays& puts, const ImpliedSchemes& schemes, const double* price, double* volatility) noexcept {
    kind == PutKind::both ? american<true, digits>(puts, schemes, price, volatility)
                          : american<false, digits>(puts, schemes, price, volatility);
}

}  // namespace

void implied_arrays(PutKind kind, const PutArrays& puts, const ImpliedSchemes& schemes, const double* price, double* volatility) {
    if (kind == PutKind::european) {
        for_each_group(puts.count, [&](auto lanes, std::size_t at) {
            using Lanes = decltype(lanes);
            store(volatility + at, european_implied(read<Lanes>(puts, at), load<Lanes>(price + at)));
        });
    } else if (needs_sixteen(*schemes.exact)) {
        american<Digits::sixteen>(kind, puts, schemes, price, volatility);
    } else {
        american<Digits::eleven>(kind, puts, schemes, price, volatility);
    }
}

}  // namespace alaris::ALARIS_ISA
