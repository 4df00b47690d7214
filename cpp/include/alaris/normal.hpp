// The normal law: density and distribution together, from Mills' ratio M(x) = Phi(-x) / phi(x), so that tails keep relative accuracy.
// M is a ratio of two polynomials with positive coefficients, interpolated at Chebyshev points of (x)/(x + c) on [0, 40].
#pragma once

#include "alaris/elementary.hpp"

namespace alaris::ALARIS_ISA {

inline constexpr double kInverseRootTwoPi = 0.39894228040143267794;

// How many digits of Mills' ratio a kernel needs.
enum class Digits { eleven, sixteen };

template <class Lanes>
struct Fraction {
    Lanes over, under;
};

// Relative error 1.5e-11 (degree 7) or 1e-16 (degree 10) for 0 <= x <= 40.
template <Digits digits, class Lanes>
Fraction<Lanes> mills_fraction(Lanes x) noexcept {
    const Lanes x2 = x * x;
    if constexpr (digits == Digits::eleven) {
        const Lanes x4 = x2 * x2;
        const Lanes p = (1.25331413732902 + x * 1.5132609856532144) + x2 * (0.8900220677648535 + x * 0.315690568989804) +
                        x4 * ((0.0707128415235801 + x * 0.00954412526787058) + x2 * 0.0006226137828211558);
        const Lanes q = (1.0 + x * 2.00529213895105) + x2 * (1.8101264820299114 + x * 0.9594722090054536) +
                        x4 * ((0.3252354892673732 + x * 0.0713354322062288) + x2 * (0.00954412564750463 + x * 0.0006226137801728597));
        return {p, q};
    } else {
        const Lanes x4 = x2 * x2;
        const Lanes x8 = x4 * x4;
        const Lanes p = (1.2533141373155001 + x * 1.9465576298640737) + x2 * (1.495130620744631 + x * 0.7295488211689499) +
                        x4 * ((0.24680591661471116 + x * 0.059789405638370874) + x2 * (0.010371227498271933 + x * 0.0012464787276564905)) +
                        x8 * (9.490976487703699e-05 + x * 3.539374381695655e-06);
        const Lanes q = (1.0 + x * 2.3510128403844215) + x2 * (2.5687784862680085 + x * 1.7221395351506155) +
                        x4 * ((0.7868808831123079 + x * 0.25698731425902244) + x2 * (0.06102880598257629 + x * 0.010466137253814496)) +
                        x8 * ((0.0012500181021993543 + x * 9.490976487536709e-05) + x2 * 3.539374381703445e-06);
        return {p, q};
    }
}

template <Digits digits, class Lanes>
Lanes mills_ratio(Lanes x) noexcept {
    const auto ratio = mills_fraction<digits>(x);
    return ratio.over / ratio.under;
}

template <class Lanes>
struct Normal {
    Lanes density;
    Lanes below;  // Phi(x)
};

template <Digits digits = Digits::sixteen, class Lanes>
Normal<Lanes> normal(Lanes x) noexcept {
    const Lanes size = minimum(absolute(x), 37.6);  // past it both tails are below 1e-300
    const Lanes density = kInverseRootTwoPi * exponential(-0.5 * size * size);
    const Lanes tail = density * mills_ratio<digits>(size);
    return {density, select(x > 0.0, 1.0 - tail, tail)};
}

}  // namespace alaris::ALARIS_ISA
