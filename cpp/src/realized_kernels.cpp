// Realised volatility over arrays of bars; compiled once for each instruction set.
#include "alaris/estimators.hpp"
#include "alaris/groups.hpp"

namespace alaris::ALARIS_ISA {
namespace {

// ln(to / from) = 2 artanh((to - from) / (to + from)): no rounding near one, and no exponent to take apart while the move is below 41 %.
// Two at a time share a division.
template <class Lanes>
void log_ratios(Lanes from_a, Lanes to_a, Lanes from_b, Lanes to_b, Lanes& a, Lanes& b) noexcept {
    const Lanes sum_a = to_a + from_a;
    const Lanes sum_b = to_b + from_b;
    const Lanes inverse = 1.0 / (sum_a * sum_b);
    const auto artanh = [](Lanes s) {
        const Lanes z = s * s;
        const Lanes z2 = z * z;
        const Lanes series = (0.666666666666667 + z * 0.39999999999899444) + z2 * (0.28571428626003276 + z * 0.22222211130259142) +
                             z2 * z2 * ((0.18182889455728513 + z * 0.15331710616430394) + z2 * 0.14616585446892658);
        return s * (2.0 + z * series);
    };
    const Lanes s_a = (to_a - from_a) * sum_b * inverse;
    const Lanes s_b = (to_b - from_b) * sum_a * inverse;
    a = artanh(s_a);
    b = artanh(s_b);
    const auto large = maximum(absolute(s_a), absolute(s_b)) > 0.17157;
    if (any(large)) {
        a = select(large, logarithm(to_a / from_a), a);
        b = select(large, logarithm(to_b / from_b), b);
    }
}

// Returns whether the bars were usable: prices missing, zero, negative or infinite are not; a NaN fails every comparison.
template <MoveSet set, class Lanes>
MaskOf<Lanes> write_moves(const BarArrays& bars, std::size_t at, std::size_t to, double* const* columns, double* usable) noexcept {
    Lanes open = load<Lanes>(bars.open + at);
    Lanes high = load<Lanes>(bars.high + at);
    Lanes low = load<Lanes>(bars.low + at);
    Lanes close = load<Lanes>(bars.close + at);
    Lanes before = kLooksBack<set> ? load<Lanes>(bars.close + at - 1) : open;
    const Lanes least = minimum(minimum(minimum(open, high), minimum(low, close)), before);
    const Lanes most = maximum(maximum(maximum(open, high), maximum(low, close)), before);
    const Lanes total = (open + high) + (low + close) + before;  // NaN if any is
    const auto good = (least > 1e-60) & (most < 1e60) & (total > 0.0);
    const Lanes one = broadcast<Lanes>(1.0);
    if (any(!good)) {
        open = select(good, open, one);
        high = select(good, high, one);
        low = select(good, low, one);
        close = select(good, close, one);
        before = select(good, before, one);
    }
    Moves<Lanes> moves;
    log_ratios(open, high, open, low, moves.up, moves.down);
    log_ratios(before, open, open, close, moves.overnight, moves.session);
    Lanes values[kMoveColumns];
    summands<set>(moves, values);
    for (int column = 0; column < kColumns<set>; ++column) {
        store(columns[column] + to, values[column]);
    }
    store(usable + to, select(good, one, Lanes{}));
    return good;
}

template <MoveSet set>
bool all_moves(const BarArrays& bars, std::size_t begin, std::size_t end, double* const* columns, double* usable) noexcept {
    WideBits bad{};
    bool bad_one = false;
    std::size_t at = begin;
    for (; at + kWidth <= end; at += kWidth) {
        bad |= !write_moves<set, Wide>(bars, at, at - begin, columns, usable);
    }
    for (; at < end; ++at) {
        bad_one = bad_one || !write_moves<set, double>(bars, at, at - begin, columns, usable);
    }
    return !any(bad) && !bad_one;
}

template <MoveSet set, class Lanes>
Lanes yearly(double* const* columns, std::size_t at, const Weights<Lanes>& weights, double sessions) noexcept {
    Lanes sums[kMoveColumns];
    for (int column = 0; column < kColumns<set>; ++column) {
        sums[column] = load<Lanes>(columns[column] + at);
    }
    return square_root(maximum(variance<set>(sums, weights) * sessions, 0.0));
}

template <MoveSet set>
void all_volatilities(double* const* columns, const double* counts, int window, const Annualise& annualise, std::size_t count,
                      double* out) noexcept {
    const auto full = [&](auto lanes, std::size_t at, const auto& weights) {
        using Lanes = decltype(lanes);
        store(out + at, yearly<set, Lanes>(columns, at, weights, annualise.sessions));
    };
    const auto partial = [&](auto lanes, std::size_t at) {
        using Lanes = decltype(lanes);
        const Lanes n = load<Lanes>(counts + at);
        const auto enough = n >= annualise.least;
        const Weights<Lanes> weights(select(enough, n, broadcast<Lanes>(2.0)));
        store(out + at, select(enough, yearly<set, Lanes>(columns, at, weights, annualise.sessions), broadcast<Lanes>(__builtin_nan(""))));
    };
    if (counts != nullptr) {
        for_each_group(count, partial);
        return;
    }
    const Weights<Wide> wide(broadcast<Wide>(window));
    const Weights<double> one(window);
    std::size_t at = 0;
    for (; at + kWidth <= count; at += kWidth) {
        full(Wide{}, at, wide);
    }
    for (; at < count; ++at) {
        full(double{}, at, one);
    }
}

}  // namespace

bool moves_arrays(MoveSet set, const BarArrays& bars, std::size_t begin, std::size_t end, double* const* columns, double* usable) {
    switch (set) {
        case MoveSet::yang_zhang:
            return all_moves<MoveSet::yang_zhang>(bars, begin, end, columns, usable);
        case MoveSet::rogers_satchell:
            return all_moves<MoveSet::rogers_satchell>(bars, begin, end, columns, usable);
        case MoveSet::garman_klass:
            return all_moves<MoveSet::garman_klass>(bars, begin, end, columns, usable);
        case MoveSet::parkinson:
            return all_moves<MoveSet::parkinson>(bars, begin, end, columns, usable);
        case MoveSet::close_to_close:
            break;
    }
    return all_moves<MoveSet::close_to_close>(bars, begin, end, columns, usable);
}

// By doubling: sums of 1, 2, 4, ... bars, of which the window's binary digits choose. Only additions, so nothing cancels and a window of
// zeros sums to zero. Whole groups at multiples of the width, into the room that kSumRoom leaves at both ends.
void window_sums(double* values, double* scratch, std::size_t count, int window) {
    static_assert(kWidth <= static_cast<int>(kSumRoom));
    const auto length = static_cast<std::size_t>(window);
    const std::size_t first = (length - 1) / kWidth * kWidth;
    const std::size_t last = (count + kWidth - 1) / kWidth * kWidth;
    std::size_t covered = 0;
    for (std::size_t span = 1; span <= length; span *= 2) {
        if ((length & span) != 0) {
            const double* part = values - covered;
            if (covered == 0) {
                for (std::size_t i = first; i < last; i += kWidth) {
                    store(scratch + i, load<Wide>(part + i));
                }
            } else {
                for (std::size_t i = first; i < last; i += kWidth) {
                    store(scratch + i, load<Wide>(scratch + i) + load<Wide>(part + i));
                }
            }
            covered += span;
        }
        if (2 * span > length) {
            break;
        }
        // from the end, so that nothing is read after it was doubled; the first entries, short of a full span, are never asked for
        const std::size_t from = span < kWidth ? 0 : span;
        for (std::size_t i = last; i > from; i -= kWidth) {
            double* at = values + i - kWidth;
            store(at, load<Wide>(at) + load<Wide>(at - span));
        }
    }
    std::memcpy(values + first, scratch + first, (last - first) * sizeof(double));
}

void annualise_arrays(MoveSet set, double* const* columns, const double* counts, int window, const Annualise& annualise, std::size_t count,
                      double* out) {
    switch (set) {
        case MoveSet::yang_zhang:
            return all_volatilities<MoveSet::yang_zhang>(columns, counts, window, annualise, count, out);
        case MoveSet::rogers_satchell:
            return all_volatilities<MoveSet::rogers_satchell>(columns, counts, window, annualise, count, out);
        case MoveSet::garman_klass:
            return all_volatilities<MoveSet::garman_klass>(columns, counts, window, annualise, count, out);
        case MoveSet::parkinson:
            return all_volatilities<MoveSet::parkinson>(columns, counts, window, annualise, count, out);
        case MoveSet::close_to_close:
            return all_volatilities<MoveSet::close_to_close>(columns, counts, window, annualise, count, out);
    }
}

}  // namespace alaris::ALARIS_ISA
