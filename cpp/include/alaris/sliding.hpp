// A sliding window over a long stretch of usable bars: every lane takes a segment of its own, so that sums run down the lanes and no
// vector is ever read across a cache line.
//
// Windows of W rows end in blocks of W rows: the sum that ends with row i of a block is what the block has summed up to i and what the
// block before holds beyond i (M. van Herk, "A fast algorithm for local minimum and maximum filters", Pattern Recognition Letters 13,
// 1992, with sums for extremes). Two additions a row whatever W is, and only additions: nothing cancels, a flat window sums to zero.
#pragma once

#include <utility>

#include "alaris/bar_moves.hpp"

namespace alaris::ALARIS_ISA {

// Blocks of `half` lanes off the diagonal change places: log2(kWidth) of these transpose a square.
template <int half, std::size_t... lane_index>
ALARIS_INLINE void exchange(Wide& a, Wide& b, std::index_sequence<lane_index...>) noexcept {
    const Wide first = __builtin_shufflevector(a, b, ((lane_index & half) != 0 ? kWidth + lane_index - half : lane_index)...);
    b = __builtin_shufflevector(a, b, ((lane_index & half) != 0 ? kWidth + lane_index : lane_index + half)...);
    a = first;
}

template <int half = kWidth / 2>
ALARIS_INLINE void transpose(Wide* rows) noexcept {
#pragma GCC unroll 8
    for (int i = 0; i < kWidth; ++i) {
        if ((i & half) == 0) {
            exchange<half>(rows[i], rows[i + half], std::make_index_sequence<kWidth>{});
        }
    }
    if constexpr (half > 1) {
        transpose<half / 2>(rows);
    }
}

// What is summed where every window is full: with the count known, all that is linear in the summands is one column, and a sum whose
// square is to be taken off another each.
template <MoveSet set>
inline constexpr int kFullColumns = set == MoveSet::yang_zhang       ? 3
                                    : set == MoveSet::close_to_close ? 2
                                                                     : 1;

template <MoveSet set>
class FullWindow {
  public:
    FullWindow(int window, double sessions) noexcept : weights_(broadcast<Wide>(window)), sessions_(sessions) {
        inverse_ = weights_.inverse;
        of_overnight_ = sessions * weights_.inverse_less_one;
        of_session_ = weights_.k * of_overnight_;
        of_range_ = sessions * (1.0 - weights_.k) * inverse_;
    }

    void columns(const Moves<Wide>& m, Wide* out) const noexcept {
        if constexpr (set == MoveSet::yang_zhang) {
            out[0] = of_overnight_ * m.overnight * m.overnight + of_session_ * m.session * m.session +
                     of_range_ * (m.up * (m.up - m.session) + m.down * (m.down - m.session));
            out[1] = m.overnight;
            out[2] = m.session;
        } else {
            summands<set>(m, out);
        }
    }

    Wide volatility(const Wide* sums) const noexcept {
        if constexpr (set == MoveSet::yang_zhang) {
            const Wide mean = inverse_ * (of_overnight_ * sums[1] * sums[1] + of_session_ * sums[2] * sums[2]);
            return square_root(maximum(sums[0] - mean, 0.0));
        } else {
            return square_root(maximum(variance<set>(sums, weights_) * sessions_, 0.0));
        }
    }

  private:
    Weights<Wide> weights_;
    double sessions_;
    Wide inverse_, of_overnight_, of_session_, of_range_;
};

inline constexpr int kMostSums = 3;

// Rows the ring holds: a block and the whole group of lanes that its last row comes in.
inline std::size_t ring_length(std::size_t window) noexcept {
    std::size_t length = kWidth;
    while (length < window + kWidth) {
        length *= 2;
    }
    return length;
}

// Volatilities of kWidth * rows bars from `begin` on, rows a multiple of kWidth. Reads window + 1 bars before, and up to
// kWidth after. room: sliding_room(window) numbers, aligned to a vector.
template <MoveSet set>
class Sliding {
  public:
    Sliding(const BarArrays& bars, std::size_t begin, std::size_t rows, int window, double sessions, double* room, double* out) noexcept
        : bars_(bars),
          begin_(begin),
          rows_(rows),
          window_(static_cast<std::size_t>(window)),
          full_(window, sessions),
          ring_(reinterpret_cast<Wide*>(room)),
          mask_(ring_length(window_) - 1),
          suffix_(ring_ + kFullColumns<set> * ring_length(window_)),
          out_(out) {}

    // Whether every bar was usable; if not, nothing is said about the output.
    bool run() noexcept {
        fill(window_);
        remember(0);
        for (std::size_t row = 0; row < rows_; row += window_) {
            const std::size_t count = rows_ - row < window_ ? rows_ - row : window_;
            fill(row + window_ + count);
            emit(row, count);
            remember(row + window_);
        }
        return !any(bad_);
    }

  private:
    static constexpr int kSums = kFullColumns<set>;

    // Rows count from the window before the first output; a row holds one bar of every segment.
    void fill(std::size_t wanted) noexcept {
        for (; filled_ < wanted; filled_ += kWidth) {
            Wide square[kSums][kWidth];
            for (int segment = 0; segment < kWidth; ++segment) {
                const std::size_t at = begin_ + static_cast<std::size_t>(segment) * rows_ + filled_ - window_;
                prefetch(at);
                Moves<Wide> moves;
                bad_ |= !read_moves<set>(bars_, at, moves);
                Wide columns[kMoveColumns];
                full_.columns(moves, columns);
                for (int sum = 0; sum < kSums; ++sum) {
                    square[sum][segment] = columns[sum];
                }
            }
            Wide* to = ring_ + kSums * (filled_ & mask_);
            for (int sum = 0; sum < kSums; ++sum) {
                transpose(square[sum]);
                for (int row = 0; row < kWidth; ++row) {
                    to[row * kSums + sum] = square[sum][row];
                }
            }
        }
    }

    // As many streams as four columns times the segments are more than the processor follows by itself.
    void prefetch(std::size_t at) const noexcept {
        constexpr std::size_t kAhead = 24;
        __builtin_prefetch(bars_.open + at + kAhead);
        __builtin_prefetch(bars_.high + at + kAhead);
        __builtin_prefetch(bars_.low + at + kAhead);
        __builtin_prefetch(bars_.close + at + kAhead);
    }

    // Sums of a block from each of its rows to its end.
    void remember(std::size_t block) noexcept {
        Wide sums[kSums]{};
        for (std::size_t i = window_; i-- > 0;) {
            const Wide* row = ring_ + kSums * ((block + i) & mask_);
            for (int sum = 0; sum < kSums; ++sum) {
                sums[sum] += row[sum];
                suffix_[i * kSums + static_cast<std::size_t>(sum)] = sums[sum];
            }
        }
        for (int sum = 0; sum < kSums; ++sum) {
            suffix_[window_ * kSums + static_cast<std::size_t>(sum)] = Wide{};
        }
    }

    void emit(std::size_t first, std::size_t count) noexcept {
        Wide prefix[kSums]{};
        for (std::size_t i = 0; i < count; ++i) {
            const Wide* row = ring_ + kSums * ((first + window_ + i) & mask_);
            const Wide* before = suffix_ + (i + 1) * kSums;
            Wide sums[kSums];
            for (int sum = 0; sum < kSums; ++sum) {
                prefix[sum] += row[sum];
                sums[sum] = prefix[sum] + before[sum];
            }
            const std::size_t at = (first + i) % kWidth;
            pending_[at] = full_.volatility(sums);
            if (at + 1 == kWidth) {
                flush(first + i + 1 - kWidth);
            }
        }
    }

    void flush(std::size_t row) noexcept {
        transpose(pending_);
        for (int segment = 0; segment < kWidth; ++segment) {
            store(out_ + static_cast<std::size_t>(segment) * rows_ + row, pending_[segment]);
        }
    }

    const BarArrays& bars_;
    std::size_t begin_, rows_, window_;
    FullWindow<set> full_;
    Wide* ring_;
    std::size_t mask_;
    Wide* suffix_;
    double* out_;
    std::size_t filled_ = 0;
    WideBits bad_{};
    Wide pending_[kWidth];
};

}  // namespace alaris::ALARIS_ISA
