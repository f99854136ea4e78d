#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

// Loops over packed columns, with the widest registers that this CPU has. Bitmaps have one bit a row, 64 to a word, the
// lowest bit first; bits beyond the last row are left clear. All functions may be called from any thread.

/// What becomes of the bitmap that is there.
typedef enum ccolumns_mode {
    /// It is written over.
    CCOLUMNS_SET = 0,
    CCOLUMNS_AND = 1,
    CCOLUMNS_OR = 2,
} ccolumns_mode;

/// Selects the rows whose value is in `first ... last` (none when `first > last`). `words` has room for `count` bits.
void ccolumns_select_u8(
    const uint8_t *values, size_t count, uint8_t first, uint8_t last, ccolumns_mode mode, uint64_t *words);
void ccolumns_select_u16(
    const uint16_t *values, size_t count, uint16_t first, uint16_t last, ccolumns_mode mode, uint64_t *words);
void ccolumns_select_u32(
    const uint32_t *values, size_t count, uint32_t first, uint32_t last, ccolumns_mode mode, uint64_t *words);
void ccolumns_select_i32(
    const int32_t *values, size_t count, int32_t first, int32_t last, ccolumns_mode mode, uint64_t *words);
void ccolumns_select_i64(
    const int64_t *values, size_t count, int64_t first, int64_t last, ccolumns_mode mode, uint64_t *words);

/// Selects the rows whose code has its bit set in `table`, which has room for every code.
void ccolumns_select_table_u8(
    const uint8_t *codes, size_t count, const uint64_t *table, ccolumns_mode mode, uint64_t *words);
void ccolumns_select_table_u16(
    const uint16_t *codes, size_t count, const uint64_t *table, ccolumns_mode mode, uint64_t *words);
void ccolumns_select_table_u32(
    const uint32_t *codes, size_t count, const uint64_t *table, ccolumns_mode mode, uint64_t *words);

/// Adds to `counts[code]` for each row whose bit is set; `counts` has room for every code.
void ccolumns_count_u8(const uint8_t *codes, const uint64_t *words, size_t word_count, uint64_t *counts);
void ccolumns_count_u16(const uint16_t *codes, const uint64_t *words, size_t word_count, uint64_t *counts);
void ccolumns_count_u32(const uint32_t *codes, const uint64_t *words, size_t word_count, uint64_t *counts);

/// The first index from `start` whose value is `value`; `count` when there is none.
size_t ccolumns_find_u32(const uint32_t *values, size_t start, size_t count, uint32_t value);

/// Bits set.
size_t ccolumns_population(const uint64_t *words, size_t word_count);

#ifdef __cplusplus
}
#endif
