#pragma once
#include "ccolumns.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

// What the loops over columns share: 64 values at a time, one bit for each.

/// One bit for each of 64 lanes.
using Bits = bool __attribute__((ext_vector_type(64)));

template <class Value> struct Lanes {
    using Vector = Value __attribute__((ext_vector_type(64)));
};

/// Which of 64 values are within `width` of `first`: one comparison without a sign instead of two with one.
template <class Value, class Unsigned>
[[gnu::always_inline]] inline uint64_t matches(const Value *values, Unsigned first, Unsigned width) {
    typename Lanes<Unsigned>::Vector lanes;
    std::memcpy(&lanes, values, sizeof lanes);
    const Bits bits = __builtin_convertvector((lanes - first) <= width, Bits);
    uint64_t word;
    static_assert(sizeof bits == sizeof word);
    std::memcpy(&word, &bits, sizeof word);
    return word;
}

/// The same of the values from `row`, a multiple of 64, of which there may be fewer than 64.
template <class Value, class Unsigned>
[[gnu::always_inline]] inline uint64_t matches(
    const Value *values, size_t row, size_t count, Unsigned first, Unsigned width) {
    if (row + 64 <= count) return matches(values + row, first, width);
    // The last 64 of all, of which those before `row` are pushed out.
    if (count >= 64) return matches(values + count - 64, first, width) >> (64 - (count - row));
    uint64_t found = 0;
    for (size_t rest = 0; row + rest < count; ++rest) {
        found |= uint64_t(Unsigned(Unsigned(values[row + rest]) - first) <= width) << rest;
    }
    return found;
}

[[gnu::always_inline]] inline void put(uint64_t &word, uint64_t found, ccolumns_mode mode) {
    switch (mode) {
    case CCOLUMNS_SET: word = found; break;
    case CCOLUMNS_AND: word &= found; break;
    case CCOLUMNS_OR: word |= found; break;
    }
}

// Each loop is compiled for what every CPU has and, on x86, for wider registers, chosen once at run time.
#if defined(__x86_64__)
enum class Width { plain, avx2, avx512 };
inline const Width width = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") ? Width::avx512
                           : __builtin_cpu_supports("avx2")                                         ? Width::avx2
                                                                                                    : Width::plain;
#define CCOLUMNS_AVX2 __attribute__((target("avx2")))
#define CCOLUMNS_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))
#endif
