// Runs the lane kernels over arrays. Compiled once for each instruction set; includes nothing that has inline code outside ALARIS_ISA.
#include "alaris/kernels.hpp"

#include "alaris/american.hpp"
#include "alaris/groups.hpp"

namespace alaris::ALARIS_ISA {
namespace {

template <Want want, class Lanes>
void write(const ValueArrays& values, std::size_t at, const PutValue<Lanes>& value) noexcept {
    store(values.price + at, value.price);
    if (values.change != nullptr) {
        store(values.change + at, value.change);
    }
    if constexpr (want >= Want::spot_greeks) {
        store(values.delta + at, value.delta);
        store(values.gamma + at, value.gamma);
    }
    if constexpr (want == Want::all_greeks) {
        store(values.vega + at, value.vega);
        store(values.carry + at, value.carry);
    }
}

template <Want want, Digits digits>
void single(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    for_each_group(puts.count, [&](auto lanes, std::size_t at) {
        write<want>(values, at, american_single<want, digits>(read<decltype(lanes)>(puts, at), scheme));
    });
}

template <Want want, Digits digits>
void both(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    for_each_group(puts.count, [&](auto lanes, std::size_t at) {
        write<want>(values, at, american_both<want, digits>(read<decltype(lanes)>(puts, at), scheme));
    });
}

Want wanted(const ValueArrays& values) noexcept {
    if (values.delta == nullptr) {
        return Want::price;
    }
    return values.vega == nullptr ? Want::spot_greeks : Want::all_greeks;
}

template <Want want>
void single_wanted(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    needs_sixteen(scheme) ? single<want, Digits::sixteen>(puts, scheme, values) : single<want, Digits::eleven>(puts, scheme, values);
}

template <Want want>
void both_wanted(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    needs_sixteen(scheme) ? both<want, Digits::sixteen>(puts, scheme, values) : both<want, Digits::eleven>(puts, scheme, values);
}

void american_single_arrays(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    switch (wanted(values)) {
        case Want::price:
            return single_wanted<Want::price>(puts, scheme, values);
        case Want::spot_greeks:
            return single_wanted<Want::spot_greeks>(puts, scheme, values);
        case Want::all_greeks:
            return single_wanted<Want::all_greeks>(puts, scheme, values);
    }
}

void american_both_arrays(const PutArrays& puts, const Scheme& scheme, const ValueArrays& values) noexcept {
    if (wanted(values) == Want::all_greeks) {
        return both_wanted<Want::all_greeks>(puts, scheme, values);
    }
    return wanted(values) == Want::price ? both_wanted<Want::price>(puts, scheme, values)
                                         : both_wanted<Want::spot_greeks>(puts, scheme, values);
}

template <Want want>
void european_wanted(const PutArrays& puts, const ValueArrays& values) noexcept {
    for_each_group(puts.count, [&](auto lanes, std::size_t at) { write<want>(values, at, european(read<decltype(lanes)>(puts, at))); });
}

void european_arrays(const PutArrays& puts, const ValueArrays& values) noexcept {
    switch (wanted(values)) {
        case Want::price:
            return european_wanted<Want::price>(puts, values);
        case Want::spot_greeks:
            return european_wanted<Want::spot_greeks>(puts, values);
        case Want::all_greeks:
            return european_wanted<Want::all_greeks>(puts, values);
    }
}

}  // namespace

#define ALARIS_TEXT_OF(x) #x
#define ALARIS_TEXT(x) ALARIS_TEXT_OF(x)

Kernels table() noexcept {
    return {ALARIS_TEXT(ALARIS_ISA), european_arrays, american_single_arrays, american_both_arrays,
            shared_arrays,           implied_arrays,  moves_arrays,           window_sums,
            annualise_arrays,        sliding_arrays,  sliding_room,           boundary_arrays};
}

}  // namespace alaris::ALARIS_ISA
