// A first guess of total volatility from the normalised price, right to 1e-4 or better below a total volatility of 0.8 (3e-3 at 1.5): the
// inverse of Bachelier's formula, which depends on one number only, and the expansion that leads from his volatility to Black's.
// The coefficients are rational interpolations of our own; the expansion is that of P. Hagan, D. Kumar, A. Lesniewski and D. Woodward,
// "Managing smile risk", Wilmott (2002), appendix B, inverted.
#pragma once

#include "alaris/elementary.hpp"

namespace alaris::ALARIS_ISA {

// Deviations a between forward and strike from y = (price / distance) = phi(a) / a - Phi(-a), as distance / a.
template <class Lanes>
ALARIS_INLINE Lanes bachelier_deviation(Lanes price, Lanes distance) noexcept {
    // a up to 1.1: a / w is rational in w = 1 / (y + 1/2), which tends to sqrt(2 pi) a
    const Lanes lifted = price + 0.5 * distance;
    const Lanes w = distance / lifted;
    const Lanes w2 = w * w;
    const Lanes near = lifted * ((1.0 + w * -0.41699928768368283) + w2 * (-0.1698376151300054 + w * 0.06731042083367698)) /
                       ((0.39894564647437514 + w * -0.1664613329970661) + w2 * (-0.03548375073194869 + w * 0.012641050944085703));
    // beyond: a / z in 1 / z, z = sqrt(-2 ln y)
    constexpr double kFar = 1.77815278;  // w where a = 1.1
    const auto far = w > kFar;
    if (!any(far)) {
        return near;
    }
    const Lanes y = price / distance;
    const Lanes z2 = maximum(-2.0 * logarithm(select(far, y, broadcast<Lanes>(0.05))), 2.0);
    const Lanes z = square_root(z2);
    // numerator and denominator times z^4
    const Lanes p =
        (((1.0004592898984257 * z + 4.50086397580953) * z - 20.93871634557943) * z + 39.555138007970484) * z - 16.761360122985483;
    const Lanes q = ((z + 4.582705420557246) * z - 9.933855876875193) * z + 30.23165634797018;
    return select(far, distance * q / p, near);
}

// Total volatility s = sigma sqrt T from the normalised price, x = -size <= 0.
template <class Lanes>
ALARIS_INLINE Lanes bachelier_guess(Lanes size, Lanes price) noexcept {
    const Lanes size2 = size * size;
    // price over 2 sinh(x / 2) / x: of a distance |x|
    const Lanes scaled = price / (1.0 + size2 * (1.0 / 24.0 + size2 * (1.0 / 1920.0 + size2 * (1.0 / 322560.0))));
    const Lanes s = bachelier_deviation(scaled, size);
    const Lanes s2 = s * s;
    const Lanes bend = 1.0 - size2 * (1.0 / 120.0);
    return s * (1.0 + s2 * bend * (1.0 / 24.0 + s2 * 0.003646));
}

}  // namespace alaris::ALARIS_ISA
