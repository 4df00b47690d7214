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
void write_volatility(double* const* columns, const double* counts, Lanes full, const Annualise& annualise, std::size_t at,
                      double* out) noexcept {
    Lanes sums[kMoveColumns];
    for (int column = 0; column < kColumns<set>; ++column) {
        sums[column] = load<Lanes>(columns[column] + at);
    }
    const Lanes n = counts == nullptr ? full : load<Lanes>(counts + at);
    const auto enough = n >= annualise.least;
    const Lanes yearly = variance<set>(sums, select(enough, n, broadcast<Lanes>(2.0))) * annualise.sessions;
    store(out + at, select(enough, square_root(maximum(yearly, 0.0)), broadcast<Lanes>(__builtin_nan(""))));
}

template <MoveSet set>
void all_volatilities(double* const* columns, const double* counts, int window, const Annualise& annualise, std::size_t count,
                      double* out) noexcept {
    std::size_t at = 0;
    for (; at + kWidth <= count; at += kWidth) {
        write_volatility<set>(columns, counts, broadcast<Wide>(window), annualise, at, out);
    }
    for (; at < count; ++at) {
        write_volatility<set>(columns, counts, static_cast<double>(window), annualise, at, out);
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
// zeros sums to zero.
void window_sums(double* values, double* scratch, std::size_t count, int window) {
    const auto length = static_cast<std::size_t>(window);
    std::size_t covered = 0;
    for (std::size_t span = 1; span <= length; span *= 2) {
        if ((length & span) != 0) {
            std::size_t i = length - 1;
            for (; i + kWidth <= count; i += kWidth) {
                const Wide part = load<Wide>(values + i - covered);
                store(scratch + i, covered == 0 ? part : load<Wide>(scratch + i) + part);
            }
            for (; i < count; ++i) {
                scratch[i] = covered == 0 ? values[i - covered] : scratch[i] + values[i - covered];
            }
            covered += span;
        }
        if (2 * span > length) {
            break;
        }
        // from the end, so that nothing is read after it was doubled
        std::size_t end = count;
        for (; end >= span + kWidth; end -= kWidth) {
            store(values + end - kWidth, load<Wide>(values + end - kWidth) + load<Wide>(values + end - kWidth - span));
        }
        for (; end > span; --end) {
            values[end - 1] += values[end - 1 - span];
        }
    }
    if (count >= length) {
        std::memcpy(values + length - 1, scratch + length - 1, (count - length + 1) * sizeof(double));
    }
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
