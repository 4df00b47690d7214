// Lanes: one double, or as many as the instruction set holds side by side; a kernel written once runs on either.
// This header and every kernel that includes it are compiled once for each instruction set (CMakeLists.txt), each time in a
// namespace of its own (ALARIS_ISA), so that code for one set can never be linked into another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

#ifndef ALARIS_ISA
#define ALARIS_ISA baseline
#endif

// Where a call would send vectors through memory and reload every constant.
#define ALARIS_INLINE [[gnu::always_inline]] inline

namespace alaris::ALARIS_ISA {

#if defined(__AVX512F__)
inline constexpr int kWidth = 8;
#elif defined(__AVX2__)
inline constexpr int kWidth = 4;
#else
inline constexpr int kWidth = 2;
#endif

using Wide = double __attribute__((vector_size(8 * kWidth)));
using WideBits = std::int64_t __attribute__((vector_size(8 * kWidth)));
using WideUnsigned = std::uint64_t __attribute__((vector_size(8 * kWidth)));

template <class Lanes>
struct Shape;

template <>
struct Shape<double> {
    static constexpr int kCount = 1;
    using Bits = std::int64_t;
    using Unsigned = std::uint64_t;
    using Mask = bool;
};

template <>
struct Shape<Wide> {
    static constexpr int kCount = kWidth;
    using Bits = WideBits;
    using Unsigned = WideUnsigned;
    using Mask = WideBits;
};

template <class Lanes>
using BitsOf = typename Shape<Lanes>::Bits;
template <class Lanes>
using MaskOf = typename Shape<Lanes>::Mask;

template <class Lanes>
Lanes broadcast(double value) noexcept {
    return Lanes{} + value;
}

template <class Lanes>
Lanes load(const double* from) noexcept {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

template <class Lanes>
void store(double* to, Lanes lanes) noexcept {
    std::memcpy(to, &lanes, sizeof lanes);
}

template <class Lanes>
double lane(const Lanes& lanes, int index) noexcept {
    double value;
    std::memcpy(&value, reinterpret_cast<const char*>(&lanes) + static_cast<std::ptrdiff_t>(index) * 8, sizeof value);
    return value;
}

template <class To, class From>
To bit_cast(From from) noexcept {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}

inline double select(bool mask, double yes, double no) noexcept {
    return mask ? yes : no;
}
inline Wide select(WideBits mask, Wide yes, Wide no) noexcept {
    return mask ? yes : no;
}

inline bool any(bool mask) noexcept {
    return mask;
}
// A mask's lanes are all ones or all zeros.
inline bool any(WideBits mask) noexcept {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask(reinterpret_cast<__m512i>(mask), reinterpret_cast<__m512i>(mask)) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_pd(reinterpret_cast<__m256d>(mask)) != 0;
#elif defined(__SSE2__)
    return _mm_movemask_pd(reinterpret_cast<__m128d>(mask)) != 0;
#else
    return (mask[0] | mask[1]) != 0;
#endif
}

inline double square_root(double x) noexcept {
    return __builtin_sqrt(x);
}
inline Wide square_root(Wide x) noexcept {
#if defined(__AVX512F__)
    return _mm512_sqrt_pd(x);
#elif defined(__AVX2__)
    return _mm256_sqrt_pd(x);
#elif defined(__SSE2__)
    return _mm_sqrt_pd(x);
#else
    return Wide{__builtin_sqrt(x[0]), __builtin_sqrt(x[1])};
#endif
}

// Where one side is not a number the second argument is returned, as the processor does.
inline double maximum(double a, double b) noexcept {
    return a > b ? a : b;
}
inline double minimum(double a, double b) noexcept {
    return a < b ? a : b;
}
inline Wide maximum(Wide a, Wide b) noexcept {
#if defined(__AVX512F__)
    return _mm512_max_pd(a, b);
#else
    return a > b ? a : b;
#endif
}
inline Wide minimum(Wide a, Wide b) noexcept {
#if defined(__AVX512F__)
    return _mm512_min_pd(a, b);
#else
    return a < b ? a : b;
#endif
}
template <class Lanes>
Lanes maximum(Lanes a, double b) noexcept {
    return maximum(a, broadcast<Lanes>(b));
}
template <class Lanes>
Lanes minimum(Lanes a, double b) noexcept {
    return minimum(a, broadcast<Lanes>(b));
}
template <class Lanes>
Lanes clamp(Lanes x, Lanes low, Lanes high) noexcept {
    return minimum(maximum(x, low), high);
}

template <class Lanes>
Lanes absolute(Lanes x) noexcept {
    using Bits = BitsOf<Lanes>;
    return bit_cast<Lanes>(bit_cast<Bits>(x) & (Bits{} + INT64_MAX));
}

}  // namespace alaris::ALARIS_ISA
