// The door between the host code and the kernels: plain arrays in and out, one table of functions an instruction set.
#pragma once

#include <cstddef>

#include "alaris/scheme.hpp"

namespace alaris {

// Puts with strike 1; spot in strikes. All of one regime.
struct PutArrays {
    std::size_t count;
    const double *spot, *time, *rate, *yield, *volatility;
    const double* rate_share;  // one where carry is the slope by the rate, zero where by the yield
};

// Price is always wanted; delta and gamma together or not at all; vega and carry only with them.
struct ValueArrays {
    double *price, *delta, *gamma, *vega, *carry;
    double* change;  // American only: how far the boundary was from settled
};

// How a put can be exercised.
enum class PutKind { european, single, both };

struct BoundaryArrays {
    double *upper, *lower;  // in strikes, NaN where there is none
};

// A stretch of bars as columns of the realised-volatility estimators (see realized_volatility.cpp for which).
struct BarArrays {
    const double *open, *high, *low, *close;
};

inline constexpr int kMoveColumns = 5;

inline constexpr std::size_t kSumRoom = 8;

// Bars that are valued together by kernels().sliding: a multiple of kSlidingStep, with window + 1 bars before and kSumRoom after them.
struct Stretch {
    std::size_t begin, count;
};

inline constexpr std::size_t kSlidingStep = 64;

enum class MoveSet { yang_zhang, rogers_satchell, garman_klass, parkinson, close_to_close };

// How a window's sums become a variance a session; sums are of the columns in the order the set writes them.
struct Annualise {
    double sessions;
    double least;  // bars
};

struct Kernels {
    const char* name;
    void (*european)(const PutArrays&, const ValueArrays&);
    void (*american_single)(const PutArrays&, const Scheme&, const ValueArrays&);
    void (*american_both)(const PutArrays&, const Scheme&, const ValueArrays&);
    // one boundary, many spots: prices[g * spots + i] of the put g (its own spot is not read) at spot[g * spots + i]
    void (*american_shared)(const PutArrays&, const Scheme&, std::size_t spots, const double* spot, double* price);
    // volatility of a European put, or where the search for an American one's starts; price in strikes, inside the bounds; the volatility
    // of the puts is not read
    void (*implied)(PutKind, const PutArrays&, const double* price, double* volatility);
    // columns [kMoveColumns] and usable, for bars begin..end-1; the set says which columns it writes. A set that looks at the close
    // before a bar needs begin >= 1. Returns whether every bar was usable.
    bool (*moves)(MoveSet, const BarArrays&, std::size_t begin, std::size_t end, double* const* columns, double* usable);
    // in place: values[i] becomes the sum of values[i-window+1..i], for window - 1 <= i < count; scratch is as long. Both have kSumRoom
    // more entries before and after, those before values zero.
    void (*window_sums)(double* values, double* scratch, std::size_t count, int window);
    // volatility from window sums; counts null where every window is full
    void (*annualise)(MoveSet, double* const* columns, const double* counts, int window, const Annualise&, std::size_t count, double* out);
    // volatilities of a stretch of usable bars whose windows are all full; whether they were usable, else the output means nothing. room:
    // sliding_room(window) numbers on a cache line
    bool (*sliding)(MoveSet, const BarArrays&, const Stretch&, int window, double sessions, double* room, double* out);
    std::size_t (*sliding_room)(int window);
    // at times to expiry; the spot is not read
    void (*boundary)(PutKind, const PutArrays&, const Scheme&, const double* times, const BoundaryArrays&);
};

// The best set this processor runs, or the one named by the environment variable ALARIS_ISA (avx512, avx2, baseline).
const Kernels& kernels();

namespace avx512 {
Kernels table() noexcept;
}
namespace avx2 {
Kernels table() noexcept;
}
namespace baseline {
Kernels table() noexcept;
}

}  // namespace alaris
