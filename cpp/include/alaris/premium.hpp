// What early exercise adds to a European put: I. Kim, "The analytic valuation of American options", Rev. Fin. Studies 3 (1990), and its
// derivatives. The boundary does not depend on the spot, so delta and gamma are taken under the integral, exactly; volatility and rates
// move the boundary too, which BoundaryTangent carries.
#pragma once

#include "alaris/boundary.hpp"

namespace alaris::ALARIS_ISA {

template <class Lanes>
struct PutTerms {
    Lanes spot, log_spot, time, rate, yield, volatility;  // spot in strikes
    Lanes rate_share;  // one: the slope asked for is by the rate; zero: by the yield (a call seen as a put exchanges the two)
};

// What a kernel computes; each includes those before it.
enum class Want { price, spot_greeks, all_greeks };

template <class Lanes>
struct PutValue {
    Lanes price{}, delta{}, gamma{}, vega{}, carry{};  // carry: by the rate or the yield
    Lanes change{};                                    // how far the boundary was from settled

    PutValue& operator+=(const PutValue& other) noexcept {
        price += other.price;
        delta += other.delta;
        gamma += other.gamma;
        vega += other.vega;
        carry += other.carry;
        return *this;
    }
};

// Sums of the premium integral J_b(S) = int [ r e^{-rt} Phi(-d2(t, S/b(u))) - q S e^{-qt} Phi(-d1(t, S/b(u))) ] dt over its points.
template <Want want, Digits digits, class Lanes>
class PremiumSum {
  public:
    // Close to a boundary the integrand of gamma is a spike at t ~ (distance / sigma)^2 that no fixed rule resolves. Its leading term,
    // distance / (sigma t^{3/2}) phi(distance / (sigma sqrt t)), is a first-passage density: it is taken out of the sum and put back in
    // closed form. distance = ln(S / b(T)); carry = r - q b(T), zero where the integral does not reach t = 0.
    PremiumSum(const PutTerms<Lanes>& put, Lanes distance, Lanes carry) noexcept
        : put_(put), distance_(distance), spike_(carry * put.time) {}

    // One point: share = t / T; root its square root; weight = dt / T; log_boundary = ln b(u), by_* its derivatives.
    struct Point {
        Lanes share, root, weight, log_boundary, by_volatility, by_carry;
    };

    void add(const Point& at) noexcept {
        const Lanes rate = put_.rate * put_.time;
        const Lanes yield = put_.yield * put_.time;
        const Lanes spread = maximum(deviation_ * at.root, 1e-150);
        const Lanes inverse = 1.0 / spread;
        const Lanes middle = (put_.log_spot - at.log_boundary + (rate - yield) * at.share) * inverse;
        const Lanes d1 = middle + 0.5 * spread;
        const Lanes d2 = middle - 0.5 * spread;
        const auto n1 = normal<digits>(-d1);
        const auto n2 = normal<digits>(-d2);
        const Lanes bond = at.weight * exponential(-rate * at.share);
        const Lanes stock = at.weight * put_.spot * exponential(-yield * at.share);
        bonds_ += bond * n2.below;
        stocks_ += stock * n1.below;
        if constexpr (want >= Want::spot_greeks) {
            const Lanes stock_density = yield * stock * n1.density;
            const Lanes bond_density = rate * bond * n2.density;
            const Lanes gain = (stock_density - bond_density) * inverse;
            edge_ += gain;
            const Lanes standard = distance_ * inverse;
            const Lanes spike =
                spike_ * at.weight * kInverseRootTwoPi * exponential(-0.5 * standard * standard) * standard * inverse * inverse;
            bend_ += stock_density * inverse - gain * (1.0 + d2 * inverse) - spike;
            if constexpr (want == Want::all_greeks) {
                volatility_ += bond_density * d1 - stock_density * d2;
                volatility_moved_ -= gain * at.by_volatility;
                carry_moved_ -= gain * at.by_carry;
                drift_ += gain * at.share;
                bonds_later_ += bond * n2.below * at.share;
                stocks_later_ += stock * n1.below * at.share;
            }
        }
    }

    PutValue<Lanes> value() const noexcept {
        const Lanes rate = put_.rate * put_.time;
        const Lanes yield = put_.yield * put_.time;
        PutValue<Lanes> value;
        value.price = rate * bonds_ - yield * stocks_;
        value.delta = (edge_ - yield * stocks_) / put_.spot;
        if constexpr (want >= Want::spot_greeks) {
            const Lanes passage = normal<digits>(-absolute(distance_ / deviation_)).below;
            const Lanes spike = 2.0 * spike_ / (deviation_ * deviation_) * select(distance_ > 0.0, passage, -passage);
            value.gamma = (bend_ + spike) / (put_.spot * put_.spot);
        }
        if constexpr (want == Want::all_greeks) {
            value.vega = volatility_ / put_.volatility + volatility_moved_;
            const Lanes by_rate = put_.time * (bonds_ - rate * bonds_later_ + drift_);
            const Lanes by_yield = put_.time * (yield * stocks_later_ - stocks_ - drift_);
            value.carry = put_.rate_share * by_rate + (1.0 - put_.rate_share) * by_yield + carry_moved_;
        }
        return value;
    }

  private:
    const PutTerms<Lanes>& put_;
    Lanes distance_, spike_;
    Lanes deviation_ = put_.volatility * square_root(put_.time);
    Lanes bonds_{}, stocks_{}, edge_{}, bend_{};
    Lanes volatility_{}, volatility_moved_{}, carry_moved_{}, drift_{}, bonds_later_{}, stocks_later_{};
};

template <class Lanes>
Lanes weighted(const double* weights, const Lanes* values, int count) noexcept {
    Lanes sum = weights[0] * values[0];
    for (int j = 1; j < count; ++j) {
        sum += weights[j] * values[j];
    }
    return sum;
}

// J_b over the whole life, for a boundary whose horizon is the option's time; direction -1 where it is the upper, 1 where the lower one.
template <Want want, Digits digits, class Lanes>
PutValue<Lanes> exercise_premium(const PutTerms<Lanes>& put, const Boundary<Lanes>& boundary, const BoundaryTangent<Lanes>& tangent,
                                 Lanes direction, const Scheme& scheme) noexcept {
    const int n = scheme.nodes;
    const Lanes log_boundary = boundary.log_start + direction * boundary.offset[n - 1];
    PremiumSum<want, digits, Lanes> sum(put, put.log_spot - log_boundary, put.rate - put.yield * exponential(log_boundary));
    for (int k = 0; k < scheme.premium; ++k) {
        const double* weights = scheme.premium_interpolation + static_cast<std::ptrdiff_t>(k) * n;
        const double sine = scheme.premium_sine[k];
        const auto before = interpolate(weights, boundary.square, n, 0.01 * sine * sine * boundary.square[n - 1]);
        Lanes by_volatility{};
        Lanes by_carry{};
        if constexpr (want == Want::all_greeks) {
            by_volatility = direction * before.inverse * weighted(weights, tangent.volatility, n);
            by_carry = tangent.start + direction * before.inverse * weighted(weights, tangent.carry, n);
        }
        sum.add({broadcast<Lanes>(scheme.premium_time[k]), broadcast<Lanes>(scheme.premium_root_time[k]),
                 broadcast<Lanes>(scheme.premium_weight[k]), boundary.log_start + direction * before.size, by_volatility, by_carry});
    }
    return sum.value();
}

}  // namespace alaris::ALARIS_ISA
