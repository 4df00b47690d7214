// Runs the lane kernels over arrays. Compiled once for each instruction set; includes nothing that has inline code outside ALARIS_ISA.
#include "alaris/kernels.hpp"

#include "alaris/american.hpp"

namespace alaris::ALARIS_ISA {
namespace {

template <class Lanes>
PutTerms<Lanes> read(const PutArrays& puts, std::size_t at) noexcept {
    const auto spot = load<Lanes>(puts.spot + at);
    return {spot,
            logarithm(spot),
            load<Lanes>(puts.time + at),
            load<Lanes>(puts.rate + at),
            load<Lanes>(puts.yield + at),
            load<Lanes>(puts.volatility + at)};
}

template <class Lanes>
void write(const ValueArrays& values, std::size_t at, const SpotGreeks<Lanes>& value) noexcept {
    store(values.price + at, value.price);
    if (values.delta != nullptr) {
        store(values.delta + at, value.delta);
        store(values.gamma + at, value.gamma);
    }
}

// Whole groups in wide lanes; what remains one option at a time, or as one more group that repeats options already priced.
template <class WideKernel, class OneKernel>
void for_each_group(std::size_t count, const WideKernel& wide, const OneKernel& one) noexcept {
    std::size_t at = 0;
    for (; at + kWidth <= count; at += kWidth) {
        wide(at);
    }
    if (at < count && count >= kWidth && count - at > 1) {
        wide(count - kWidth);
        return;
    }
    for (; at < count; ++at) {
        one(at);
    }
}

// Slopes by volatility, rate and yield: central differences of full solutions on the same nodes.
template <class Lanes, class Price>
void slopes(const PutTerms<Lanes>& put, const ValueArrays& values, std::size_t at, const Price& price) noexcept {
    const auto slope = [&](Lanes PutTerms<Lanes>::*term, double* out) {
        PutTerms<Lanes> up = put;
        PutTerms<Lanes> down = put;
        up.*term = put.*term * (1.0 + 1e-4);
        down.*term = put.*term * (1.0 - 1e-4);
        const Lanes span = up.*term - down.*term;
        store(out + at, select(absolute(span) > 0.0, (price(up) - price(down)) / span, broadcast<Lanes>(0.0)));
    };
    slope(&PutTerms<Lanes>::volatility, values.vega);
    slope(&PutTerms<Lanes>::rate, values.rate_slope);
    slope(&PutTerms<Lanes>::yield, values.yield_slope);
}

template <Digits digits, bool with_greeks, class Lanes>
SpotGreeks<Lanes> single_price(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    return american_single<digits, with_greeks>(put, scheme);
}

template <Digits digits, bool with_greeks, class Lanes>
SpotGreeks<Lanes> both_price(const PutTerms<Lanes>& put, const Scheme& scheme) noexcept {
    return american_both<digits, with_greeks>(put, scheme);
}

template <class Lanes, SpotGreeks<Lanes> (*price)(const PutTerms<Lanes>&, const Scheme&) noexcept>
void group(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values, std::size_t at) noexcept {
    const auto put = read<Lanes>(puts, at);
    write(values, at, price(put, scheme));
    if (values.vega != nullptr) {
        slopes(put, values, at, [&](const PutTerms<Lanes>& bumped) { return price(bumped, scheme).price; });
    }
}

template <Digits digits, bool with_greeks>
void singles(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    for_each_group(
        puts.count, [&](std::size_t at) { group<Wide, single_price<digits, with_greeks, Wide>>(puts, scheme, values, at); },
        [&](std::size_t at) { group<double, single_price<digits, with_greeks, double>>(puts, scheme, values, at); });
}

template <Digits digits, bool with_greeks>
void boths(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    for_each_group(
        puts.count, [&](std::size_t at) { group<Wide, both_price<digits, with_greeks, Wide>>(puts, scheme, values, at); },
        [&](std::size_t at) { group<double, both_price<digits, with_greeks, double>>(puts, scheme, values, at); });
}

constexpr double kElevenDigitsSuffice = 1e-5;

void single(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    const bool eleven = scheme.tolerance > kElevenDigitsSuffice;
    if (values.delta != nullptr) {
        eleven ? singles<Digits::eleven, true>(puts, scheme, values) : singles<Digits::sixteen, true>(puts, scheme, values);
    } else {
        eleven ? singles<Digits::eleven, false>(puts, scheme, values) : singles<Digits::sixteen, false>(puts, scheme, values);
    }
}

void both(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    const bool eleven = scheme.tolerance > kElevenDigitsSuffice;
    eleven ? boths<Digits::eleven, true>(puts, scheme, values) : boths<Digits::sixteen, true>(puts, scheme, values);
}

void european_arrays(const PutArrays& puts, const ValueArrays& values) noexcept {
    const auto kernel = [&](auto put, std::size_t at) {
        const auto value = european_put(put.spot, put.log_spot, put.time, put.rate, put.yield, put.volatility);
        store(values.price + at, value.price);
        if (values.delta != nullptr) {
            store(values.delta + at, value.delta);
            store(values.gamma + at, value.gamma);
        }
        if (values.vega != nullptr) {
            store(values.vega + at, value.vega);
            store(values.rate_slope + at, value.rho);
            store(values.yield_slope + at, value.phi);
        }
    };
    for_each_group(
        puts.count, [&](std::size_t at) { kernel(read<Wide>(puts, at), at); }, [&](std::size_t at) { kernel(read<double>(puts, at), at); });
}

}  // namespace

#define ALARIS_TEXT_OF(x) #x
#define ALARIS_TEXT(x) ALARIS_TEXT_OF(x)

Kernels table() noexcept {
    return {ALARIS_TEXT(ALARIS_ISA), european_arrays, single, both};
}

}  // namespace alaris::ALARIS_ISA
