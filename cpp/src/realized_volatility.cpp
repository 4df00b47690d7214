#include "alaris/realized_volatility.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace alaris {
namespace {

constexpr std::size_t kLine = 8;  // doubles a cache line

double* aligned(std::vector<double>& storage) {
    void* start = storage.data();
    std::size_t space = storage.size() * sizeof(double);
    return static_cast<double*>(std::align(kLine * sizeof(double), sizeof(double), start, space));
}

// Tiles small enough for the first cache, each with the window's history before it.
class Tiles {
  public:
    Tiles(MoveSet set, const Bars& bars, const Window& window, double* out)
        : set_(set),
          bars_(bars),
          window_(window),
          out_(out),
          history_(static_cast<std::size_t>(window.length) - 1),
          tile_(std::max<std::size_t>(512, 2 * history_)) {
        const std::size_t length = (history_ + tile_ + 2 * kSumRoom + kLine) / kLine * kLine;
        storage_.resize((kMoveColumns + 2) * length + kLine);
        double* at = aligned(storage_) + kSumRoom;  // columns start on a line
        for (double*& column : columns_) {
            column = at;
            at += length;
        }
        usable_ = at;
        scratch_ = at + length;
    }

    void run(std::size_t from, std::size_t to) {
        for (std::size_t begin = from; begin < to; begin += tile_) {
            tile(begin, std::min(begin + tile_, to));
        }
    }

  private:
    void tile(std::size_t begin, std::size_t end) {
        const std::size_t from = begin > history_ ? begin - history_ : 0;
        const std::size_t missing = history_ - (begin - from);  // bars before the first of all
        const bool looks_back = set_ == MoveSet::yang_zhang || set_ == MoveSet::close_to_close;
        const std::size_t first = looks_back && from == 0 ? 1 : from;
        const std::size_t empty = missing + (first - from);
        double* columns[kMoveColumns];
        for (int i = 0; i < kMoveColumns; ++i) {
            std::fill_n(columns_[i], empty, 0.0);
            columns[i] = columns_[i] + empty;
        }
        std::fill_n(usable_, empty, 0.0);
        const bool full = kernels().moves(set_, bars_.arrays, first, end, columns, usable_ + empty) && empty == 0;
        const std::size_t count = history_ + (end - begin);
        for (int i = 0; i < used(); ++i) {  // an unusable bar's moves are zero already
            sum(columns_[i], count);
        }
        finish(begin, end, count, full);
    }

    void finish(std::size_t begin, std::size_t end, std::size_t count, bool full) {
        double* sums[kMoveColumns];
        for (int i = 0; i < kMoveColumns; ++i) {
            sums[i] = columns_[i] + history_;
        }
        if (!full) {
            sum(usable_, count);
        }
        const Annualise annualise{static_cast<double>(window_.sessions), static_cast<double>(window_.least)};
        kernels().annualise(set_, sums, full ? nullptr : usable_ + history_, window_.length, annualise, end - begin, out_ + begin);
    }

    void sum(double* column, std::size_t count) {
        std::fill_n(column - kSumRoom, kSumRoom, 0.0);
        std::fill_n(column + count, kSumRoom, 0.0);
        kernels().window_sums(column, scratch_, count, window_.length);
    }

    int used() const { return set_ == MoveSet::yang_zhang ? 5 : set_ == MoveSet::close_to_close ? 2 : 1; }

    MoveSet set_;
    const Bars& bars_;
    const Window& window_;
    double* out_;
    std::size_t history_, tile_;
    std::vector<double> storage_;
    double* columns_[kMoveColumns];
    double *usable_, *scratch_;
};

// Long stretches by the kernel whose lanes are segments; the start, the end, and stretches with bars that cannot be used by tiles.
class Stretches {
  public:
    Stretches(MoveSet set, const Bars& bars, const Window& window, double* out)
        : set_(set), bars_(bars), window_(window), out_(out), tiles_(set, bars, window, out) {
        const std::size_t least = 8 * static_cast<std::size_t>(window.length);  // the window before a segment is worked out twice
        // an odd number of cache lines, lest the segments all fall on the same few places of the cache
        lines_ = std::max<std::size_t>(257, least / kLine | 1);
        room_.resize(kernels().sliding_room(window.length) + kLine);
    }

    void run() {
        const std::size_t start = static_cast<std::size_t>(window_.length) + 1;
        std::size_t at = 0;
        if (bars_.count >= start + kSumRoom) {
            at = std::min(start, bars_.count);
            tiles_.run(0, at);
            at = slide(at, bars_.count - kSumRoom);
        }
        tiles_.run(at, bars_.count);
    }

  private:
    std::size_t slide(std::size_t at, std::size_t end) {
        while (end - at >= kSlidingStep * kLeastLines) {
            const std::size_t count = std::min(lines_, ((end - at) / kSlidingStep - 1) | 1) * kSlidingStep;
            const bool usable = kernels().sliding(set_, bars_.arrays, {at, count}, window_.length, static_cast<double>(window_.sessions),
                                                  aligned(room_), out_ + at);
            if (!usable) {
                tiles_.run(at, at + count);
            }
            at += count;
        }
        return at;
    }

    static constexpr std::size_t kLeastLines = 16;  // a segment
    MoveSet set_;
    const Bars& bars_;
    const Window& window_;
    double* out_;
    Tiles tiles_;
    std::size_t lines_;
    std::vector<double> room_;
};

}  // namespace

void realized_volatility(MoveSet set, const Bars& bars, const Window& window, double* out) {
    Stretches(set, bars, window, out).run();
}

}  // namespace alaris
