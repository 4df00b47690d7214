// European options: F. Black and M. Scholes, "The Pricing of Options and Corporate Liabilities", JPE 81 (1973), with R. Merton's
// dividend yield (1973). Written for the put with strike 1; the call follows by exchanging spot with strike and rate with yield.
#pragma once

#include "alaris/normal.hpp"

namespace alaris::ALARIS_ISA {

template <class Lanes>
struct EuropeanPut {
    Lanes price, delta, gamma, vega, rho, phi;  // rho: by the rate; phi: by the dividend yield
};

template <Digits digits = Digits::sixteen, class Lanes>
EuropeanPut<Lanes> european_put(Lanes spot, Lanes log_spot, Lanes time, Lanes rate, Lanes yield, Lanes volatility) noexcept {
    const Lanes root = square_root(time);
    const Lanes deviation = maximum(volatility * root, 1e-150);
    const Lanes middle = (log_spot + (rate - yield) * time) / deviation;
    const Normal<Lanes> n1 = normal<digits>(-(middle + 0.5 * deviation));
    const Normal<Lanes> n2 = normal<digits>(-(middle - 0.5 * deviation));
    const Lanes bond = exponential(-rate * time);
    const Lanes stock = exponential(-yield * time);
    EuropeanPut<Lanes> put;
    put.delta = -stock * n1.below;
    put.price = maximum(bond * n2.below + spot * put.delta, 0.0);
    put.gamma = stock * n1.density / (spot * deviation);
    put.vega = spot * stock * n1.density * root;
    put.rho = -time * bond * n2.below;
    put.phi = -time * spot * put.delta;
    return put;
}

}  // namespace alaris::ALARIS_ISA
