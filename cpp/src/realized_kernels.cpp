// Realised volatility over arrays of bars; compiled once for each instruction set.
#include "alaris/estimators.hpp"
#include "alaris/groups.hpp"
#include "alaris/sliding.hpp"

namespace alaris::ALARIS_ISA {
namespace {

// Returns whether the bars were usable.
template <MoveSet set, class Lanes>
MaskOf<Lanes> write_moves(const BarArrays& bars, std::size_t at, std::size_t to, double* const* columns, double* usable) noexcept {
    Moves<Lanes> moves;
    const MaskOf<Lanes> good = read_moves<set>(bars, at, moves);
    Lanes values[kMoveColumns];
    summands<set>(moves, values);
    for (int column = 0; column < kColumns<set>; ++column) {
        store(columns[column] + to, values[column]);
    }
    store(usable + to, select(good, broadcast<Lanes>(1.0), Lanes{}));
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

std::size_t sliding_room(int window) {
    return static_cast<std::size_t>(kMostSums * kWidth) *
           (ring_length(static_cast<std::size_t>(window)) + static_cast<std::size_t>(window) + 1);
}

bool sliding_arrays(MoveSet set, const BarArrays& bars, const Stretch& stretch, int window, double sessions, double* room, double* out) {
    const std::size_t rows = stretch.count / kWidth;
    switch (set) {
        case MoveSet::yang_zhang:
            return Sliding<MoveSet::yang_zhang>(bars, stretch.begin, rows, window, sessions, room, out).run();
        case MoveSet::rogers_satchell:
            return Sliding<MoveSet::rogers_satchell>(bars, stretch.begin, rows, window, sessions, room, out).run();
        case MoveSet::garman_klass:
            return Sliding<MoveSet::garman_klass>(bars, stretch.begin, rows, window, sessions, room, out).run();
        case MoveSet::parkinson:
            return Sliding<MoveSet::parkinson>(bars, stretch.begin, rows, window, sessions, room, out).run();
        case MoveSet::close_to_close:
            break;
    }
    return Sliding<MoveSet::close_to_close>(bars, stretch.begin, rows, window, sessions, room, out).run();
}

}  // namespace alaris::ALARIS_ISA
