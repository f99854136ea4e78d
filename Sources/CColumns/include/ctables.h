#pragma once
#include "ccolumns.h"
#include <stdbool.h>
#ifdef __cplusplus
extern "C" {
#endif

// The packed columns of one part side by side, so that a question about many parts is one loop that reads nothing but
// what it compares. Nothing here is owned: whoever makes a table keeps what it points at. Immutable, any thread.

/// Columns of texts that stand in a dictionary.
enum { CCOLUMNS_TEXTS = 6 };
/// Columns of numbers and times.
enum { CCOLUMNS_NUMBERS = 4 };

typedef struct ccolumns_texts {
    /// `code_bytes` each; `text_count` is null.
    const void *codes;
    /// Text `i` is `bytes[ends[i - 1] ..< ends[i]]`; they ascend.
    const uint8_t *bytes;
    const uint32_t *ends;
    /// Of each text; NULL where there are many.
    const uint32_t *hashes;
    /// Where the rows are in this column's order and it has far fewer texts than rows: text `i` is in the rows
    /// `row_ends[i - 1] ..< row_ends[i]`. Else NULL.
    const uint32_t *row_ends;
    /// What follows `shared` bytes, eight of them, the first the highest, padded with zeros.
    const uint64_t *prefixes;
    uint32_t text_count;
    /// How many bytes at their beginning all texts have in common.
    uint32_t shared;
    uint8_t code_bytes;
    bool has_nulls;
    /// Bits chosen by the hashes: a text whose bit is clear is not there. All are set where there are no hashes.
    uint64_t signature[4];
} ccolumns_texts;

typedef enum ccolumns_width { CCOLUMNS_U8, CCOLUMNS_I32, CCOLUMNS_I64 } ccolumns_width;

typedef struct ccolumns_numbers {
    const void *values;
    /// Stands for none.
    int64_t null;
    /// No value is beyond these.
    int64_t least;
    int64_t greatest;
    ccolumns_width width;
    bool has_nulls;
    /// The values are all there is: no nulls kept elsewhere, no fractions of a second.
    bool is_exact;
    /// A bit for each step of `1 << step_bits` from `least` on: whether some value is in it. NULL: not kept.
    const uint64_t *steps;
    uint32_t step_bits;
} ccolumns_numbers;

typedef struct ccolumns_table {
    uint32_t rows;
    ccolumns_texts texts[CCOLUMNS_TEXTS];
    ccolumns_numbers numbers[CCOLUMNS_NUMBERS];
    /// A text a row: row `i` is `name_bytes[name_ends[i - 1] ..< name_ends[i]]`.
    const uint8_t *name_bytes;
    const uint32_t *name_ends;
} ccolumns_table;

/// What all rows that are looked for have: one text, or a number from `first` to `last`, null never.
typedef struct ccolumns_test {
    bool is_text;
    uint32_t column;
    const uint8_t *text;
    size_t length;
    uint32_t hash;
    int64_t first;
    int64_t last;
} ccolumns_test;

/// At most so many tests at once.
enum { CCOLUMNS_TEST_LIMIT = 16 };

/// Instead of a count: that table cannot be asked so.
static const uint32_t ccolumns_unknown = UINT32_MAX;

/// How many rows of each table pass all tests. NULL is a table without rows.
void ccolumns_count_tables(
    const ccolumns_table *const *tables, size_t table_count, const ccolumns_test *tests, size_t test_count,
    uint32_t *counts);
/// The same of one table, with a bit for each row that passes; `words` is written only where some pass.
uint32_t ccolumns_select_table(
    const ccolumns_table *table, const ccolumns_test *tests, size_t test_count, uint64_t *words);

/// One end of a window; `text` and `length` for texts, `number` for numbers.
typedef struct ccolumns_end {
    /// Without it there is no end on that side.
    bool is_there;
    /// The window ends before what equals it.
    bool is_strict;
    const uint8_t *text;
    size_t length;
    int64_t number;
} ccolumns_end;

/// The rows from one value of a column to another, in the order that is asked for.
typedef struct ccolumns_window {
    ccolumns_end after;
    ccolumns_end before;
    bool is_descending;
    /// Rows that have a value.
    bool has_values;
    /// Rows that have none, which come last.
    bool has_nulls;
} ccolumns_window;

/// Joins the rows in the window to a bitmap with room for all rows. Returns false when there is none for sure; what is
/// in the bitmap is then open. Where rows are narrowed and those without a value are wanted too, more may be left.
bool ccolumns_window_texts(
    const ccolumns_table *table, uint32_t column, const ccolumns_window *window, ccolumns_mode mode, uint64_t *words);
bool ccolumns_window_numbers(
    const ccolumns_table *table, uint32_t column, const ccolumns_window *window, ccolumns_mode mode, uint64_t *words);
bool ccolumns_window_names(
    const ccolumns_table *table, const ccolumns_window *window, ccolumns_mode mode, uint64_t *words);

/// Negative, zero or positive as the left row's value comes before, with or after the right one's; nulls come last.
int ccolumns_compare_texts(
    const ccolumns_table *left, uint32_t row, const ccolumns_table *right, uint32_t other, uint32_t column,
    bool is_descending);
int ccolumns_compare_names(const ccolumns_table *left, uint32_t row, const ccolumns_table *right, uint32_t other);

/// A number that is not greater than another row's where the row comes before that one: the beginning of its text.
int64_t ccolumns_text_rank(const ccolumns_table *table, uint32_t row, uint32_t column, bool is_descending);
int64_t ccolumns_name_rank(const ccolumns_table *table, uint32_t row, bool is_descending);
/// The number itself, for an order; exact but for nulls.
int64_t ccolumns_number_rank(const ccolumns_table *table, uint32_t row, uint32_t column, bool is_descending);

#ifdef __cplusplus
}
#endif
