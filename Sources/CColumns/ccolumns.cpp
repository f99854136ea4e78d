#include "lanes.hpp"

#include <bit>

namespace {

template <class Value>
[[gnu::always_inline]] inline void select_range(
    const Value *values, size_t count, Value first, Value last, ccolumns_mode mode, uint64_t *words) {
    using Unsigned = std::make_unsigned_t<Value>;
    if (first > last) {
        if (mode != CCOLUMNS_OR) std::memset(words, 0, (count + 63) / 64 * sizeof *words);
        return;
    }
    const Unsigned start = Unsigned(first);
    const Unsigned width = Unsigned(Unsigned(last) - start);
    for (size_t row = 0; row < count; row += 64) put(words[row / 64], matches(values, row, count, start, width), mode);
}

template <class Code>
void select_table(const Code *codes, size_t count, const uint64_t *table, ccolumns_mode mode, uint64_t *words) {
    for (size_t row = 0; row < count; row += 64) {
        const size_t lanes = count - row < 64 ? count - row : 64;
        uint64_t found = 0;
        for (size_t lane = 0; lane < lanes; ++lane) {
            const size_t code = codes[row + lane];
            found |= (table[code / 64] >> (code % 64) & 1) << lane;
        }
        put(words[row / 64], found, mode);
    }
}

template <class Code>
void count_codes(const Code *codes, const uint64_t *words, size_t word_count, uint64_t *counts) {
    for (size_t word = 0; word < word_count; ++word) {
        const Code *const from = codes + word * 64;
        if (words[word] == ~uint64_t(0)) {
            for (size_t lane = 0; lane < 64; ++lane) ++counts[from[lane]];
            continue;
        }
        for (uint64_t rest = words[word]; rest != 0; rest &= rest - 1) ++counts[from[std::countr_zero(rest)]];
    }
}

#if defined(__x86_64__)
template <class Value>
CCOLUMNS_AVX2 void select_avx2(
    const Value *values, size_t count, Value first, Value last, ccolumns_mode mode, uint64_t *words) {
    select_range(values, count, first, last, mode, words);
}
template <class Value>
CCOLUMNS_AVX512 void select_avx512(
    const Value *values, size_t count, Value first, Value last, ccolumns_mode mode, uint64_t *words) {
    select_range(values, count, first, last, mode, words);
}
template <class Value>
void select(const Value *values, size_t count, Value first, Value last, ccolumns_mode mode, uint64_t *words) {
    switch (width) {
    case Width::avx512: return select_avx512(values, count, first, last, mode, words);
    case Width::avx2: return select_avx2(values, count, first, last, mode, words);
    case Width::plain: return select_range(values, count, first, last, mode, words);
    }
}
#else
template <class Value>
void select(const Value *values, size_t count, Value first, Value last, ccolumns_mode mode, uint64_t *words) {
    select_range(values, count, first, last, mode, words);
}
#endif

}  // namespace

extern "C" {
void ccolumns_select_u8(
    const uint8_t *values, size_t count, uint8_t first, uint8_t last, ccolumns_mode mode, uint64_t *words) {
    select(values, count, first, last, mode, words);
}
void ccolumns_select_u16(
    const uint16_t *values, size_t count, uint16_t first, uint16_t last, ccolumns_mode mode, uint64_t *words) {
    select(values, count, first, last, mode, words);
}
void ccolumns_select_u32(
    const uint32_t *values, size_t count, uint32_t first, uint32_t last, ccolumns_mode mode, uint64_t *words) {
    select(values, count, first, last, mode, words);
}
void ccolumns_select_i32(
    const int32_t *values, size_t count, int32_t first, int32_t last, ccolumns_mode mode, uint64_t *words) {
    select(values, count, first, last, mode, words);
}
void ccolumns_select_i64(
    const int64_t *values, size_t count, int64_t first, int64_t last, ccolumns_mode mode, uint64_t *words) {
    select(values, count, first, last, mode, words);
}

void ccolumns_select_table_u8(
    const uint8_t *codes, size_t count, const uint64_t *table, ccolumns_mode mode, uint64_t *words) {
    select_table(codes, count, table, mode, words);
}
void ccolumns_select_table_u16(
    const uint16_t *codes, size_t count, const uint64_t *table, ccolumns_mode mode, uint64_t *words) {
    select_table(codes, count, table, mode, words);
}
void ccolumns_select_table_u32(
    const uint32_t *codes, size_t count, const uint64_t *table, ccolumns_mode mode, uint64_t *words) {
    select_table(codes, count, table, mode, words);
}

void ccolumns_count_u8(const uint8_t *codes, const uint64_t *words, size_t word_count, uint64_t *counts) {
    count_codes(codes, words, word_count, counts);
}
void ccolumns_count_u16(const uint16_t *codes, const uint64_t *words, size_t word_count, uint64_t *counts) {
    count_codes(codes, words, word_count, counts);
}
void ccolumns_count_u32(const uint32_t *codes, const uint64_t *words, size_t word_count, uint64_t *counts) {
    count_codes(codes, words, word_count, counts);
}

size_t ccolumns_find_u32(const uint32_t *values, size_t start, size_t count, uint32_t value) {
    using Eight = uint32_t __attribute__((ext_vector_type(8)));
    using EightBits = bool __attribute__((ext_vector_type(8)));
    size_t index = start;
    for (; index + 8 <= count; index += 8) {
        Eight lanes;
        std::memcpy(&lanes, values + index, sizeof lanes);
        const EightBits bits = __builtin_convertvector(lanes == value, EightBits);
        uint8_t found;
        static_assert(sizeof bits == sizeof found);
        std::memcpy(&found, &bits, sizeof found);
        if (found != 0) return index + size_t(std::countr_zero(found));
    }
    while (index < count && values[index] != value) ++index;
    return index;
}

size_t ccolumns_population(const uint64_t *words, size_t word_count) {
    size_t population = 0;
    for (size_t word = 0; word < word_count; ++word) population += size_t(std::popcount(words[word]));
    return population;
}
}
