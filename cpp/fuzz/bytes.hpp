// A fuzzer's bytes read as the arguments of a call: plausible numbers mostly, awkward ones often, any bit pattern now and then.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace alaris::fuzz {

class Bytes {
  public:
    Bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

    bool empty() const { return at_ == end_; }
    std::uint8_t byte() { return empty() ? std::uint8_t{0} : *at_++; }
    int below(int bound) { return byte() % bound; }
    int between(int low, int high) { return low + below(high - low + 1); }

    // From a range with four digits, at one of its ends, or anything eight bytes can say.
    double number(double low, double high) {
        const int kind = byte();
        if (kind < 200) {
            return low + (high - low) * static_cast<double>(word<std::uint16_t>()) / 65535.0;
        }
        if (kind < 240) {
            const double awkward[] = {0.0,  -0.0,  low,   high,   1.0,  -1.0,
                                      1e-9, -1e-9, 1e-14, 1e-100, 1e99, std::numeric_limits<double>::quiet_NaN()};
            return awkward[below(12)];
        }
        return word<double>();
    }

    // Positive, over many orders of magnitude.
    double positive(double low, double high) {
        const int kind = byte();
        return kind < 220 ? low * std::pow(high / low, static_cast<double>(word<std::uint16_t>()) / 65535.0) : number(low, high);
    }

  private:
    template <class Word>
    Word word() {
        Word value{};
        auto* to = reinterpret_cast<std::uint8_t*>(&value);
        for (std::size_t i = 0; i < sizeof value; ++i) {
            to[i] = byte();
        }
        return value;
    }

    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

}  // namespace alaris::fuzz
