// Implied volatility. European: P. Jaeckel's formulation ("Let's be rational", Wilmott 2015): the normalised out-of-the-money price
// b(x, s) inverted by Householder's method of fourth order, one step of it where Bachelier's formula gives the guess, on three branches
// where it does not. American: where Newton's method on the American price itself (implied.cpp) starts from.
#pragma once

#include "alaris/bachelier_guess.hpp"
#include "alaris/meeting.hpp"

namespace alaris::ALARIS_ISA {

// b(x, s) = e^{x/2} Phi(x/s + s/2) - e^{-x/2} Phi(x/s - s/2) for x <= 0, and what it lacks to its limit e^{x/2}.
template <class Lanes>
struct NormalisedBlack {
    Lanes price, shortfall, slope;  // slope: db/ds = e^{-(h^2 + t^2)/2} / sqrt(2 pi)
};

// M(a - t) - M(a + t) for small t by Taylor's series; M^(k) = a M^(k-1) + (k-1) M^(k-2), M' = a M - 1.
template <class Lanes>
Lanes mills_difference(Lanes a, Lanes t) noexcept {
    constexpr int kTerms = 9;
    Lanes before = mills_ratio<Digits::sixteen>(a);
    Lanes now = a * before - 1.0;
    Lanes power = t;
    Lanes sum = t * now;
    for (int k = 2; k <= kTerms; ++k) {
        const Lanes next = a * now + (k - 1.0) * before;
        before = now;
        now = next;
        power *= t / static_cast<double>(k);
        if (k % 2 == 1) {
            sum += power * now;
        }
    }
    return -2.0 * sum;
}

template <class Lanes>
NormalisedBlack<Lanes> normalised_black(Lanes x, Lanes s, Lanes limit) noexcept {
    const Lanes h = x / s;
    const Lanes t = 0.5 * s;
    const Lanes slope = kInverseRootTwoPi * exponential(-0.5 * (h * h + t * t));
    const auto near = mills_fraction<Digits::sixteen>(absolute(h + t));
    const auto far = mills_fraction<Digits::sixteen>(minimum(t - h, 1e9));
    const auto beyond = h + t > 0.0;  // s > sqrt(2 |x|): the ratios are added, else subtracted
    const Lanes crossed = far.over * near.under;
    const Lanes part = slope * (near.over * far.under + select(beyond, crossed, -crossed)) / (near.under * far.under);
    const Lanes rest = limit - part;
    const Lanes shortfall = select(beyond, part, rest);
    const Lanes price = select(beyond, rest, part);
    // near - far loses digits as t shrinks, and s as many as M(h) / s: below this the series has them
    const auto small = (t < 0.02) & (x > -0.2);
    if (!any(small)) {
        return {price, shortfall, slope};
    }
    const Lanes series = slope * mills_difference(select(small, -h, Lanes{}), minimum(t, 0.02));
    return {select(small, series, price), select(small, limit - series, shortfall), slope};
}

// Total volatility s = sigma sqrt T from the normalised price, x <= 0, 0 < price < e^{x/2}.
template <class Lanes>
class NormalisedInverse {
  public:
    NormalisedInverse(Lanes x, Lanes price) noexcept : x_(x), price_(price), limit_(exponential(0.5 * x)) {
        const Lanes size = absolute(x);
        turn_ = square_root(2.0 * size);  // where b changes from convex to concave
        const Lanes slope = kInverseRootTwoPi * exponential(-0.5 * size);
        const Lanes at_turn = slope * (1.2533141373155003 - mills_ratio<Digits::sixteen>(turn_));
        low_ = price < at_turn;
        high_ = price > 0.5 * limit_;
        low_ = low_ & (price <= 0.5 * limit_);
        log_price_ = logarithm(maximum(price, 1e-300));
        shortfall_ = maximum(limit_ - price, 1e-300);
        start_ = select(low_, low_guess(size), select(high_, high_guess(), turn_ + (price - at_turn) / slope));
    }

    Lanes solve() const noexcept {
        Lanes s = start_;
        auto moving = s > 0.0;
        for (int step = 0; step < 12; ++step) {
            const Lanes change = householder(s);
            const Lanes next = maximum(s + clamp(change, -0.7 * s, 2.0 * s + 0.1), 1e-10);
            s = select(moving, next, s);
            moving = moving & (absolute(change) > 1e-6 * s);  // order four: the step after such a one is below rounding
            if (!any(moving)) {
                break;
            }
        }
        return s;
    }

  private:
    // ln b ~ -x^2/(2 s^2) - s^2/8 + 3 ln s - 2 ln|x| - ln(2 pi)/2 as s -> 0.
    Lanes low_guess(Lanes size) const noexcept {
        const Lanes known = -log_price_ - 2.0 * logarithm(maximum(size, 1e-300)) - 0.91893853320467274178;
        Lanes s = minimum(size / square_root(maximum(-2.0 * log_price_, 1e-3)), turn_);
        for (int step = 0; step < 2; ++step) {
            const Lanes exponent = known + 3.0 * logarithm(maximum(s, 1e-300)) - 0.125 * s * s;
            s = minimum(size / square_root(maximum(2.0 * exponent, 1e-3)), turn_);
        }
        return maximum(s, 1e-8);
    }

    // As s grows the shortfall tends to (e^{x/2} + e^{-x/2}) Phi(-s/2).
    Lanes high_guess() const noexcept {
        const Lanes tail = shortfall_ / (limit_ + 1.0 / limit_);
        return maximum(-2.0 * rough_quantile(minimum(tail, 0.499)), turn_);
    }

    // f is 1/ln b below the turn, b in the middle, ln of the shortfall above; s' = s + v (1 + f2 v/2) / (1 + v (f2 + f3 v/6)) with
    // v = -f/f', f2 = f''/f', f3 = f'''/f'.
    Lanes householder(Lanes s) const noexcept {
        const auto black = normalised_black(x_, s, limit_);
        const Lanes h = x_ / s;
        const Lanes b2 = h * h / s - 0.25 * s;
        const Lanes b3 = b2 * b2 - 3.0 * h * h / (s * s) - 0.25;
        const Lanes level = maximum(select(high_, black.shortfall, black.price), 1e-300);
        const Lanes wanted = select(high_, shortfall_, price_);
        const Lanes relative = select(high_, -black.slope, black.slope) / level;
        const Lanes log_gap = logarithm(maximum(wanted / level, 1e-300));
        const Lanes log2 = b2 - relative;
        const Lanes log3 = b3 - 3.0 * relative * b2 + 2.0 * relative * relative;
        const Lanes u = log_price_ - log_gap;  // ln b
        const Lanes ratio = relative / u;
        Lanes v = log_gap / relative;
        Lanes f2 = log2;
        Lanes f3 = log3;
        v = select(low_, v * u / log_price_, v);
        f2 = select(low_, log2 - 2.0 * ratio, f2);
        f3 = select(low_, log3 - 6.0 * log2 * ratio + 6.0 * ratio * ratio, f3);
        const auto middle = !(low_ | high_);
        v = select(middle, (price_ - black.price) / black.slope, v);
        f2 = select(middle, b2, f2);
        f3 = select(middle, b3, f3);
        const Lanes numerator = 1.0 + 0.5 * f2 * v;
        const Lanes denominator = 1.0 + v * (f2 + f3 * v / 6.0);
        const auto tame = (numerator > 0.2) & (denominator > 0.2);
        return v * select(tame, numerator / denominator, broadcast<Lanes>(1.0));
    }

    Lanes x_, price_, limit_, turn_, log_price_, shortfall_, start_;
    MaskOf<Lanes> low_, high_;
};

// Householder's step v (1 + f2 v / 2) / (1 + v (f2 + f3 v / 6)) for f = ln b - ln price; v = -f / f', and f2, f3 are the second and third
// derivatives over the first.
template <class Lanes>
ALARIS_INLINE Lanes logarithmic_step(Lanes x, Lanes price, Lanes limit, Lanes s) noexcept {
    const auto black = normalised_black(x, s, limit);
    const Lanes inverse_s = 1.0 / s;
    const Lanes h = x * inverse_s;
    const Lanes inverse = 1.0 / black.price;
    const Lanes relative = black.slope * inverse;
    const Lanes b2 = h * h * inverse_s - 0.25 * s;
    const Lanes b3 = b2 * b2 - 3.0 * h * h * inverse_s * inverse_s - 0.25;
    const Lanes f2 = b2 - relative;
    const Lanes f3 = b3 - 3.0 * relative * b2 + 2.0 * relative * relative;
    const Lanes gap = logarithm(price * inverse);
    // all times powers of f', so that one division does
    const Lanes over = relative + 0.5 * f2 * gap;
    const Lanes under = relative * relative + gap * (f2 * relative + f3 * gap * (1.0 / 6.0));
    return gap * over / under;
}

// Total volatility s = sigma sqrt T from the normalised price.
template <class Lanes>
Lanes normalised_inverse(Lanes x, Lanes price) noexcept {
    constexpr double kClose = 3e-4;  // the error after a step is 0.1 of the fourth power of the one before
    const Lanes limit = exponential(0.5 * x);
    const auto ordinary = (x > -1.5) & (price < 0.5 * limit) & (price > 1e-200);
    if (any(!ordinary)) {
        return NormalisedInverse<Lanes>(x, price).solve();
    }
    Lanes s = bachelier_guess(-x, price);
    for (int step = 0; step < 4; ++step) {
        const Lanes change = logarithmic_step(x, price, limit, s);
        s += change;
        if (!any(absolute(change) > kClose * s)) {
            break;
        }
    }
    return s;
}

// The put's volatility field is not read. Prices in strikes, inside the bounds.
template <class Lanes>
Lanes european_implied(const PutTerms<Lanes>& put, Lanes price) noexcept {
    const Lanes log_forward = put.log_spot + (put.rate - put.yield) * put.time;
    const Lanes bond = exponential(-put.rate * put.time);
    const Lanes stock = put.spot * exponential(-put.yield * put.time);
    const Lanes time_value = select(log_forward > 0.0, price, price - (bond - stock));
    const Lanes x = -absolute(log_forward);
    const Lanes normalised = time_value / square_root(bond * stock);
    return normalised_inverse<Lanes>(x, maximum(normalised, 1e-300)) / square_root(put.time);
}

// Where the search for an American option's volatility starts: the European price is below the American, so its volatility is an upper
// end where there is one.
template <class Lanes>
Lanes american_start(const PutTerms<Lanes>& put, Lanes price) noexcept {
    const Lanes bond = exponential(-put.rate * put.time);
    const Lanes stock = put.spot * exponential(-put.yield * put.time);
    const Lanes low = maximum(bond - stock, 0.0);
    return european_implied(put, clamp(price, low + 1e-12, bond * (1.0 - 1e-9)));
}

}  // namespace alaris::ALARIS_ISA
