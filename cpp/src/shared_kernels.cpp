// Many spots under one boundary: a boundary depends on rate, yield, volatility and time only, so a scenario grid solves it once a row of
// spots. Compiled once for each instruction set.
#include "alaris/american.hpp"
#include "alaris/groups.hpp"

namespace alaris::ALARIS_ISA {
namespace {

// One lane of a solution, in every lane.
template <class Lanes, class From>
Solution<Lanes> spread(const Solution<From>& from, int index, const Scheme& scheme) noexcept {
    Solution<Lanes> to;
    to.boundary.log_start = broadcast<Lanes>(lane(from.boundary.log_start, index));
    for (int i = 0; i < scheme.nodes; ++i) {
        to.boundary.offset[i] = broadcast<Lanes>(lane(from.boundary.offset[i], index));
        to.boundary.square[i] = broadcast<Lanes>(lane(from.boundary.square[i], index));
    }
    return to;
}

template <class Lanes>
PutTerms<Lanes> at_spots(const PutArrays& puts, std::size_t index, const double* spot) noexcept {
    const auto spots = load<Lanes>(spot);
    return {spots,
            logarithm(spots),
            broadcast<Lanes>(puts.time[index]),
            broadcast<Lanes>(puts.rate[index]),
            broadcast<Lanes>(puts.yield[index]),
            broadcast<Lanes>(puts.volatility[index]),
            broadcast<Lanes>(1.0)};
}

}  // namespace

void shared_arrays(const PutArrays& puts, const Scheme& scheme, std::size_t spots, const double* spot, double* price) {
    for_each_group(puts.count, [&](auto lanes, std::size_t at) {
        using Lanes = decltype(lanes);
        Solution<Lanes> solved;
        solve<Side::upper, Want::price, Digits::eleven>(read<Lanes>(puts, at), scheme, solved);
        for (int index = 0; index < Shape<Lanes>::kCount; ++index) {
            const std::size_t group = at + static_cast<std::size_t>(index);
            const double* row = spot + group * spots;
            for_each_group(spots, [&](auto many, std::size_t i) {
                using Spots = decltype(many);
                const auto upper = spread<Spots>(solved, index, scheme);
                const auto put = at_spots<Spots>(puts, group, row + i);
                store(price + group * spots + i, value_above<Want::price, Digits::eleven>(put, upper, broadcast<Spots>(1.0), scheme).price);
            });
        }
    });
}

}  // namespace alaris::ALARIS_ISA
