// exp, expm1 and log on lanes: to a unit in the last place, without tables, branches or a vector mathematics library.
#pragma once

#include "alaris/lanes.hpp"

namespace alaris::ALARIS_ISA {

namespace elementary {

inline constexpr double kLog2E = 1.4426950408889634074;
inline constexpr double kLn2High = 6.93147180369123816490e-01;  // low 32 bits zero: exact times a small integer
inline constexpr double kLn2Low = 1.90821492927058770002e-10;
inline constexpr double kRoundToInteger = 6755399441055744.0;  // 1.5 * 2^52: adding it leaves the integer in the low bits

// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2, interpolated at Chebyshev points; 1e-17.
template <class Lanes>
Lanes exponential_tail(Lanes r) noexcept {
    const Lanes r2 = r * r;
    const Lanes r4 = r2 * r2;
    const Lanes a = 0.5 + r * 0.16666666666666669;
    const Lanes b = 0.04166666666662413 + r * 0.008333333333330062;
    const Lanes c = 0.0013888888917213717 + r * 0.00019841269863053618;
    const Lanes d = 2.4801521295954376e-05 + r * 2.7557268459997064e-06;
    const Lanes e = 2.7620088445409746e-07 + r * 2.510038549551032e-08;
    return (a + r2 * b) + r4 * ((c + r2 * d) + r4 * e);
}

// x = k ln 2 + r; returns 2^k and leaves r.
template <class Lanes>
Lanes reduce(Lanes x, Lanes& r) noexcept {
    const Lanes shifted = x * kLog2E + kRoundToInteger;
    const Lanes k = shifted - kRoundToInteger;
    r = (x - k * kLn2High) - k * kLn2Low;
    return bit_cast<Lanes>((bit_cast<typename Shape<Lanes>::Unsigned>(shifted) + 1023)
                           << 52);  // unsigned: what the shift drops is meant to go
}

}  // namespace elementary

// Below -708 the smallest normal number is returned instead of zero.
template <class Lanes>
Lanes exponential(Lanes x) noexcept {
    Lanes r;
    const Lanes scale = elementary::reduce(clamp(x, broadcast<Lanes>(-708.0), broadcast<Lanes>(709.0)), r);
    const Lanes tail = elementary::exponential_tail(r);
    return scale * (1.0 + (r + r * r * tail));
}

// e^x - 1 without cancellation.
template <class Lanes>
Lanes exponential_minus_one(Lanes x) noexcept {
    Lanes r;
    const Lanes scale = elementary::reduce(clamp(x, broadcast<Lanes>(-708.0), broadcast<Lanes>(709.0)), r);
    const Lanes tail = elementary::exponential_tail(r);
    return scale * (r + r * r * tail) + (scale - 1.0);
}

// Natural logarithm of a positive normal number: x = 2^k m with m in [1/sqrt 2, sqrt 2), log m = 2 artanh(s), s = (m-1)/(m+1).
template <class Lanes>
Lanes logarithm(Lanes x) noexcept {
    using Bits = BitsOf<Lanes>;
    constexpr std::int64_t kHalfRoot = 0x3fe6a09e667f3bcd;  // 1/sqrt 2
    const Bits bits = bit_cast<Bits>(x) - kHalfRoot;
    const Bits exponent = bits >> 52;
    const Lanes m = bit_cast<Lanes>((bits & 0x000fffffffffffff) + kHalfRoot);
    // the integer k becomes a double by the same constant that rounds in exp
    const Lanes k = bit_cast<Lanes>(exponent + bit_cast<Bits>(broadcast<Lanes>(elementary::kRoundToInteger))) - elementary::kRoundToInteger;
    const Lanes f = m - 1.0;
    const Lanes s = f / (m + 1.0);
    const Lanes z = s * s;
    const Lanes z2 = z * z;
    const Lanes a = 0.666666666666667 + z * 0.39999999999899444;
    const Lanes b = 0.28571428626003276 + z * 0.22222211130259142;
    const Lanes c = 0.18182889455728513 + z * 0.15331710616430394;
    const Lanes series = z * (a + z2 * (b + z2 * (c + z2 * 0.14616585446892658)));
    // log m = f - s (f - series): the leading term is exact, so the result keeps full relative accuracy near one
    return k * elementary::kLn2High + (f - (s * (f - series) - k * elementary::kLn2Low));
}

}  // namespace alaris::ALARIS_ISA
