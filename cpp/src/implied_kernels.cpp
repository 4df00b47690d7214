// Implied volatilities over arrays; compiled once for each instruction set.
#include "alaris/groups.hpp"
#include "alaris/implied_volatility.hpp"

namespace alaris::ALARIS_ISA {

void implied_arrays(PutKind kind, const PutArrays& puts, const double* price, double* volatility) {
    for_each_group(puts.count, [&](auto lanes, std::size_t at) {
        using Lanes = decltype(lanes);
        const auto put = read<Lanes>(puts, at);
        const auto wanted = load<Lanes>(price + at);
        store(volatility + at, kind == PutKind::european ? european_implied(put, wanted) : american_start(put, wanted));
    });
}

}  // namespace alaris::ALARIS_ISA
