// The logarithms of one bar, from prices that may be missing.
#pragma once

#include "alaris/estimators.hpp"

namespace alaris::ALARIS_ISA {

template <class Lanes>
struct BarPrices {
    Lanes before, open, high, low, close;  // before: the close before the bar
};

// Moves up to 22 % by ln(to / from) = 2 artanh(s), s = (to - from) / (to + from): no rounding near one and no exponent to take apart; all
// four share a division. Returns where that holds: a price that is missing, zero, negative or infinite fails one of the comparisons.
template <class Lanes>
ALARIS_INLINE MaskOf<Lanes> small_moves(const BarPrices<Lanes>& bar, Moves<Lanes>& moves) noexcept {
    constexpr double kReach = 0.01;  // of the squares of s together
    const auto twice_artanh = [](Lanes s, Lanes z) {
        const Lanes series = (0.6666666666666974 + z * 0.39999999984648377) +
                             z * z * ((0.2857144084154546 + z * 0.22218793500791942) + z * z * 0.18571915277631218);
        return s * (2.0 + z * series);
    };
    const Lanes overnight = bar.open + bar.before;
    const Lanes up = bar.high + bar.open;
    const Lanes down = bar.low + bar.open;
    const Lanes session = bar.close + bar.open;
    const Lanes first = overnight * up;
    const Lanes second = down * session;
    const Lanes product = first * second;
    const Lanes inverse = 1.0 / product;
    const Lanes inverse_first = inverse * second;
    const Lanes inverse_second = inverse * first;
    const Lanes s_overnight = (bar.open - bar.before) * (inverse_first * up);
    const Lanes s_up = (bar.high - bar.open) * (inverse_first * overnight);
    const Lanes s_down = (bar.low - bar.open) * (inverse_second * session);
    const Lanes s_session = (bar.close - bar.open) * (inverse_second * down);
    const Lanes z_overnight = s_overnight * s_overnight;
    const Lanes z_up = s_up * s_up;
    const Lanes z_down = s_down * s_down;
    const Lanes z_session = s_session * s_session;
    moves = {twice_artanh(s_overnight, z_overnight), twice_artanh(s_up, z_up), twice_artanh(s_down, z_down),
             twice_artanh(s_session, z_session)};
    // with the open positive and every |s| below one all prices are; outside these powers the product has lost its digits
    return ((z_overnight + z_up) + (z_down + z_session) < kReach) & (bar.open > 1e-60) & (product > 1e-240) & (product < 1e240);
}

// Whether all prices are usable; a NaN fails every comparison.
template <class Lanes>
MaskOf<Lanes> usable(const BarPrices<Lanes>& bar) noexcept {
    const Lanes least = minimum(minimum(minimum(bar.open, bar.high), minimum(bar.low, bar.close)), bar.before);
    const Lanes most = maximum(maximum(maximum(bar.open, bar.high), maximum(bar.low, bar.close)), bar.before);
    const Lanes total = (bar.open + bar.high) + (bar.low + bar.close) + bar.before;  // NaN if any is
    return (least > 1e-60) & (most < 1e60) & (total > 0.0);
}

// Lanes whose moves are not small: zero where a price cannot be used, which is what comes back.
template <class Lanes>
[[gnu::noinline]] MaskOf<Lanes> other_moves(const BarPrices<Lanes>& bar, MaskOf<Lanes> small, Moves<Lanes>& moves) noexcept {
    const auto good = usable(bar);
    const auto logarithm_of = [&](Lanes to, Lanes from, Lanes known) {
        const Lanes one = broadcast<Lanes>(1.0);
        const Lanes ratio = select(good, to, one) / select(good, from, one);
        return select(small & good, known, logarithm(ratio));
    };
    moves = {logarithm_of(bar.open, bar.before, moves.overnight), logarithm_of(bar.high, bar.open, moves.up),
             logarithm_of(bar.low, bar.open, moves.down), logarithm_of(bar.close, bar.open, moves.session)};
    return good;
}

// Returns whether the bars were usable; the moves of one that is not are zero.
template <MoveSet set, class Lanes>
ALARIS_INLINE MaskOf<Lanes> read_moves(const BarArrays& bars, std::size_t at, Moves<Lanes>& moves) noexcept {
    const auto open = load<Lanes>(bars.open + at);
    const BarPrices<Lanes> bar{kLooksBack<set> ? load<Lanes>(bars.close + at - 1) : open, open, load<Lanes>(bars.high + at),
                               load<Lanes>(bars.low + at), load<Lanes>(bars.close + at)};
    const auto small = small_moves(bar, moves);
    return any(!small) ? other_moves(bar, small, moves) : small;
}

}  // namespace alaris::ALARIS_ISA
