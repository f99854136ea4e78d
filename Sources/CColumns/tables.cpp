#include "ctables.h"
#include "lanes.hpp"

#include <algorithm>
#include <bit>

namespace {

struct Text {
    const uint8_t *bytes;
    size_t length;
};

Text text(const uint8_t *bytes, const uint32_t *ends, uint32_t index) {
    const uint32_t start = index == 0 ? 0 : ends[index - 1];
    return {bytes + start, ends[index] - start};
}

int compare(Text left, Text right) {
    const size_t shared = std::min(left.length, right.length);
    const int order = shared == 0 ? 0 : std::memcmp(left.bytes, right.bytes, shared);
    if (order != 0) return order;
    return left.length < right.length ? -1 : left.length > right.length ? 1 : 0;
}

/// The first eight bytes as a number, the first byte the highest.
uint64_t prefix(Text text) {
    uint64_t number = 0;
    std::memcpy(&number, text.bytes, std::min<size_t>(text.length, sizeof number));
    if constexpr (std::endian::native == std::endian::little) number = __builtin_bswap64(number);
    return number;
}

uint32_t code(const ccolumns_texts &column, uint32_t row) {
    switch (column.code_bytes) {
    case 1: return static_cast<const uint8_t *>(column.codes)[row];
    case 2: return static_cast<const uint16_t *>(column.codes)[row];
    default: return static_cast<const uint32_t *>(column.codes)[row];
    }
}

int64_t number(const ccolumns_numbers &column, uint32_t row) {
    switch (column.width) {
    case CCOLUMNS_U8: return static_cast<const uint8_t *>(column.values)[row];
    case CCOLUMNS_I32: return static_cast<const int32_t *>(column.values)[row];
    case CCOLUMNS_I64: break;
    }
    return static_cast<const int64_t *>(column.values)[row];
}

struct Place {
    uint32_t code;
    bool is_equal;
};

/// The first text from `from` on that does not come before `wanted`.
Place lower_bound(const ccolumns_texts &column, Text wanted, uint32_t from = 0) {
    if (from >= column.text_count) return {column.text_count, false};
    if (column.shared > 0) {
        const int order = compare(
            {column.bytes, column.shared}, {wanted.bytes, std::min<size_t>(wanted.length, column.shared)});
        if (order > 0) return {from, false};
        if (order < 0) return {column.text_count, false};
    }
    const uint64_t start = prefix({wanted.bytes + column.shared, wanted.length - column.shared});
    // Mostly what is looked for comes before all that is left.
    if (column.prefixes[from] > start) return {from, false};
    uint32_t low = from;
    uint32_t high = column.text_count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        const uint64_t found = column.prefixes[middle];
        int order = found < start ? -1 : found > start ? 1 : 0;
        if (order == 0) order = compare(text(column.bytes, column.ends, middle), wanted);
        if (order == 0) return {middle, true};
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return {low, false};
}

/// The code of a text; false when it is not there.
bool find(const ccolumns_texts &column, const ccolumns_test &test, uint32_t &found) {
    const Text wanted = {test.text, test.length};
    if (column.hashes == nullptr) {
        const Place place = lower_bound(column, wanted);
        found = place.code;
        return place.is_equal;
    }
    if ((column.signature[test.hash >> 6 & 3] >> (test.hash & 63) & 1) == 0) return false;
    for (size_t index = 0;; ++index) {
        index = ccolumns_find_u32(column.hashes, index, column.text_count, test.hash);
        if (index >= column.text_count) return false;
        if (compare(text(column.bytes, column.ends, uint32_t(index)), wanted) == 0) {
            found = uint32_t(index);
            return true;
        }
    }
}

/// Whether some value may be in `first ... last`, which is within the column's bounds: for narrow ranges a look at a
/// bit or two instead of all values.
bool may_hold(const ccolumns_numbers &column, int64_t first, int64_t last) {
    if (column.steps == nullptr) return true;
    const uint64_t low = (uint64_t(first) - uint64_t(column.least)) >> column.step_bits;
    const uint64_t high = (uint64_t(last) - uint64_t(column.least)) >> column.step_bits;
    for (uint64_t word = low / 64; word <= high / 64; ++word) {
        uint64_t asked = ~uint64_t(0);
        if (word == low / 64) asked &= ~uint64_t(0) << (low % 64);
        if (word == high / 64) asked &= ~uint64_t(0) >> (63 - high % 64);
        if ((column.steps[word] & asked) != 0) return true;
    }
    return false;
}

/// What one test asks of a table's rows.
struct Range {
    const void *values;
    enum { u8, u16, u32, i32, i64 } kind;
    uint64_t first;
    uint64_t width;
};

struct Ranges {
    Range all[CCOLUMNS_TEST_LIMIT];
    size_t count = 0;
    /// Only these rows are asked.
    uint32_t begin = 0;
    uint32_t end;
    enum { none, some, unknown } found = some;

    Ranges(const ccolumns_table &table, const ccolumns_test *tests, size_t test_count) : end(table.rows) {
        bool is_known = true;
        for (size_t index = 0; index < test_count; ++index) {
            const ccolumns_test &test = tests[index];
            if (test.is_text) {
                const ccolumns_texts &column = table.texts[test.column];
                uint32_t code = 0;
                if (!find(column, test, code)) {
                    found = none;
                    return;
                }
                if (column.text_count == 1 && !column.has_nulls) continue;
                if (column.row_ends != nullptr) {
                    begin = std::max(begin, code == 0 ? 0 : column.row_ends[code - 1]);
                    end = std::min(end, column.row_ends[code]);
                    if (begin < end) continue;
                    found = none;
                    return;
                }
                const auto kind = column.code_bytes == 1 ? Range::u8 : column.code_bytes == 2 ? Range::u16 : Range::u32;
                all[count++] = {column.codes, kind, code, 0};
                continue;
            }
            const ccolumns_numbers &column = table.numbers[test.column];
            if (!column.is_exact) {
                is_known = false;
                continue;
            }
            const int64_t first = std::max(test.first, column.least);
            const int64_t last = std::min(test.last, column.greatest);
            if (first > last) {
                found = none;
                return;
            }
            if (first == column.least && last == column.greatest && !column.has_nulls) continue;
            if (!may_hold(column, first, last)) {
                found = none;
                return;
            }
            const auto kind = column.width == CCOLUMNS_U8    ? Range::u8
                              : column.width == CCOLUMNS_I32 ? Range::i32
                                                             : Range::i64;
            all[count++] = {column.values, kind, uint64_t(first), uint64_t(last) - uint64_t(first)};
        }
        if (!is_known) found = unknown;
    }
};

[[gnu::always_inline]] inline uint64_t passing(const Range &range, size_t row, size_t count) {
    switch (range.kind) {
    case Range::u8:
        return matches(
            static_cast<const uint8_t *>(range.values), row, count, uint8_t(range.first), uint8_t(range.width));
    case Range::u16:
        return matches(
            static_cast<const uint16_t *>(range.values), row, count, uint16_t(range.first), uint16_t(range.width));
    case Range::u32:
    case Range::i32:
        return matches(
            static_cast<const uint32_t *>(range.values), row, count, uint32_t(range.first), uint32_t(range.width));
    case Range::i64: break;
    }
    return matches(static_cast<const uint64_t *>(range.values), row, count, range.first, range.width);
}

/// Of 64 rows at a time each test is asked only while some row passed those before it.
[[gnu::always_inline]] inline uint32_t select_rows(
    const ccolumns_table *table, const ccolumns_test *tests, size_t test_count, uint64_t *words) {
    if (table == nullptr || table->rows == 0) return 0;
    const Ranges ranges(*table, tests, test_count);
    if (ranges.found == Ranges::none) return 0;
    if (ranges.found == Ranges::unknown) return ccolumns_unknown;
    if (ranges.count == 0 && words == nullptr) return ranges.end - ranges.begin;
    if (words != nullptr) std::memset(words, 0, (table->rows + size_t(63)) / 64 * sizeof *words);
    uint32_t population = 0;
    for (size_t row = ranges.begin / 64 * 64; row < ranges.end; row += 64) {
        uint64_t word = ~uint64_t(0);
        if (row < ranges.begin) word <<= ranges.begin - row;
        if (ranges.end - row < 64) word &= ~uint64_t(0) >> (64 - (ranges.end - row));
        for (size_t index = 0; index < ranges.count && word != 0; ++index) {
            word &= passing(ranges.all[index], row, table->rows);
        }
        population += uint32_t(std::popcount(word));
        if (words != nullptr) words[row / 64] = word;
    }
    return population;
}

[[gnu::always_inline]] inline void count_rows(
    const ccolumns_table *const *tables, size_t table_count, const ccolumns_test *tests, size_t test_count,
    uint32_t *counts) {
    const auto fetch = [&](size_t index) {
        if (index >= table_count || tables[index] == nullptr) return;
        __builtin_prefetch(tables[index]);
        if (test_count == 0 || !tests[0].is_text) return;
        const ccolumns_texts &column = tables[index]->texts[tests[0].column];
        __builtin_prefetch(&column);
        __builtin_prefetch(column.signature);
    };
    for (size_t index = 0; index < table_count; ++index) {
        fetch(index + 4);
        counts[index] = select_rows(tables[index], tests, test_count, nullptr);
    }
}

#if defined(__x86_64__)
CCOLUMNS_AVX2 void count_avx2(
    const ccolumns_table *const *tables, size_t table_count, const ccolumns_test *tests, size_t test_count,
    uint32_t *counts) {
    count_rows(tables, table_count, tests, test_count, counts);
}
CCOLUMNS_AVX512 void count_avx512(
    const ccolumns_table *const *tables, size_t table_count, const ccolumns_test *tests, size_t test_count,
    uint32_t *counts) {
    count_rows(tables, table_count, tests, test_count, counts);
}
CCOLUMNS_AVX2 uint32_t select_avx2(
    const ccolumns_table *table, const ccolumns_test *tests, size_t test_count, uint64_t *words) {
    return select_rows(table, tests, test_count, words);
}
CCOLUMNS_AVX512 uint32_t select_avx512(
    const ccolumns_table *table, const ccolumns_test *tests, size_t test_count, uint64_t *words) {
    return select_rows(table, tests, test_count, words);
}
#endif

void select_codes(
    const ccolumns_texts &column, size_t rows, uint32_t first, uint32_t last, ccolumns_mode mode, uint64_t *words) {
    switch (column.code_bytes) {
    case 1:
        return ccolumns_select_u8(
            static_cast<const uint8_t *>(column.codes), rows, uint8_t(first), uint8_t(last), mode, words);
    case 2:
        return ccolumns_select_u16(
            static_cast<const uint16_t *>(column.codes), rows, uint16_t(first), uint16_t(last), mode, words);
    default:
        return ccolumns_select_u32(static_cast<const uint32_t *>(column.codes), rows, first, last, mode, words);
    }
}

void select_numbers(
    const ccolumns_numbers &column, size_t rows, int64_t first, int64_t last, ccolumns_mode mode, uint64_t *words) {
    switch (column.width) {
    case CCOLUMNS_U8:
        return ccolumns_select_u8(
            static_cast<const uint8_t *>(column.values), rows, uint8_t(first), uint8_t(last), mode, words);
    case CCOLUMNS_I32:
        return ccolumns_select_i32(
            static_cast<const int32_t *>(column.values), rows, int32_t(first), int32_t(last), mode, words);
    case CCOLUMNS_I64:
        return ccolumns_select_i64(static_cast<const int64_t *>(column.values), rows, first, last, mode, words);
    }
}

/// Whether a text is within an end, `side` being 1 where it is to come after it and -1 where before.
bool is_within(Text text, const ccolumns_end &end, int side) {
    if (!end.is_there) return true;
    const int order = compare(text, {end.text, end.length});
    return order == 0 ? !end.is_strict : (order > 0) == (side > 0);
}

}  // namespace

extern "C" {
void ccolumns_count_tables(
    const ccolumns_table *const *tables, size_t table_count, const ccolumns_test *tests, size_t test_count,
    uint32_t *counts) {
#if defined(__x86_64__)
    if (width == Width::avx512) return count_avx512(tables, table_count, tests, test_count, counts);
    if (width == Width::avx2) return count_avx2(tables, table_count, tests, test_count, counts);
#endif
    count_rows(tables, table_count, tests, test_count, counts);
}

uint32_t ccolumns_select_table(
    const ccolumns_table *table, const ccolumns_test *tests, size_t test_count, uint64_t *words) {
#if defined(__x86_64__)
    if (width == Width::avx512) return select_avx512(table, tests, test_count, words);
    if (width == Width::avx2) return select_avx2(table, tests, test_count, words);
#endif
    return select_rows(table, tests, test_count, words);
}

bool ccolumns_window_texts(
    const ccolumns_table *table, uint32_t number, const ccolumns_window *window, ccolumns_mode mode, uint64_t *words) {
    const ccolumns_texts &column = table->texts[number];
    const ccolumns_end &lower = window->is_descending ? window->before : window->after;
    const ccolumns_end &upper = window->is_descending ? window->after : window->before;
    // Codes `first ..< end`.
    uint32_t first = 0;
    uint32_t end = window->has_values ? column.text_count : 0;
    if (lower.is_there) {
        const Place place = lower_bound(column, {lower.text, lower.length});
        first = place.code + (place.is_equal && lower.is_strict ? 1 : 0);
    }
    if (upper.is_there && first < end) {
        const Place place = lower_bound(column, {upper.text, upper.length}, first);
        end = place.code + (place.is_equal && !upper.is_strict ? 1 : 0);
    }
    const bool has_nulls = window->has_nulls && column.has_nulls;
    if (first >= end && !has_nulls) return false;
    if (first < end && has_nulls && end == column.text_count) {
        // Null is the code behind the last text.
        select_codes(column, table->rows, first, end, mode, words);
    } else if (first < end) {
        if (has_nulls && mode == CCOLUMNS_AND) return true;  // more than asked for, never less
        select_codes(column, table->rows, first, end - 1, mode, words);
        if (has_nulls) select_codes(column, table->rows, column.text_count, column.text_count, CCOLUMNS_OR, words);
    } else {
        select_codes(column, table->rows, column.text_count, column.text_count, mode, words);
    }
    return true;
}

bool ccolumns_window_numbers(
    const ccolumns_table *table, uint32_t number, const ccolumns_window *window, ccolumns_mode mode, uint64_t *words) {
    const ccolumns_numbers &column = table->numbers[number];
    const ccolumns_end &lower = window->is_descending ? window->before : window->after;
    const ccolumns_end &upper = window->is_descending ? window->after : window->before;
    int64_t first = column.least;
    int64_t last = column.greatest;
    bool is_empty = first > last || !window->has_values;
    if (lower.is_there) {
        is_empty = is_empty || lower.number > last || (lower.is_strict && lower.number == last);
        if (!is_empty) first = std::max(first, lower.number + (lower.is_strict ? 1 : 0));
    }
    if (upper.is_there) {
        is_empty = is_empty || upper.number < first || (upper.is_strict && upper.number == first);
        if (!is_empty) last = std::min(last, upper.number - (upper.is_strict ? 1 : 0));
    }
    is_empty = is_empty || !may_hold(column, first, last);
    const bool has_nulls = window->has_nulls && column.has_nulls;
    if (is_empty && !has_nulls) return false;
    if (is_empty) {
        select_numbers(column, table->rows, column.null, column.null, mode, words);
    } else {
        if (has_nulls && mode == CCOLUMNS_AND) return true;  // more than asked for, never less
        select_numbers(column, table->rows, first, last, mode, words);
        if (has_nulls) select_numbers(column, table->rows, column.null, column.null, CCOLUMNS_OR, words);
    }
    return true;
}

bool ccolumns_window_names(
    const ccolumns_table *table, const ccolumns_window *window, ccolumns_mode mode, uint64_t *words) {
    const int side = window->is_descending ? -1 : 1;
    bool is_some = false;
    for (size_t row = 0; row < table->rows; row += 64) {
        const size_t lanes = std::min<size_t>(64, table->rows - row);
        uint64_t asked = lanes == 64 ? ~uint64_t(0) : (uint64_t(1) << lanes) - 1;
        if (mode == CCOLUMNS_AND) asked &= words[row / 64];
        uint64_t found = 0;
        for (uint64_t rest = asked; rest != 0; rest &= rest - 1) {
            const int lane = std::countr_zero(rest);
            const Text name = text(table->name_bytes, table->name_ends, uint32_t(row) + uint32_t(lane));
            const bool is_in = is_within(name, window->before, -side) && is_within(name, window->after, side);
            found |= uint64_t(is_in) << lane;
        }
        is_some = is_some || found != 0;
        put(words[row / 64], found, mode);
    }
    return is_some;
}

int ccolumns_compare_texts(
    const ccolumns_table *left, uint32_t row, const ccolumns_table *right, uint32_t other, uint32_t number,
    bool is_descending) {
    const ccolumns_texts &one = left->texts[number];
    const ccolumns_texts &two = right->texts[number];
    const uint32_t first = code(one, row);
    const uint32_t second = code(two, other);
    const bool is_null = first == one.text_count;
    if (is_null || second == two.text_count) return int(is_null) - int(second == two.text_count);
    const int order = left == right ? (first < second ? -1 : first > second)
                                    : compare(text(one.bytes, one.ends, first), text(two.bytes, two.ends, second));
    return is_descending ? (order < 0 ? 1 : order > 0 ? -1 : 0) : order;
}

int ccolumns_compare_names(const ccolumns_table *left, uint32_t row, const ccolumns_table *right, uint32_t other) {
    return compare(text(left->name_bytes, left->name_ends, row), text(right->name_bytes, right->name_ends, other));
}

int64_t ccolumns_text_rank(const ccolumns_table *table, uint32_t row, uint32_t number, bool is_descending) {
    const ccolumns_texts &column = table->texts[number];
    const uint32_t found = code(column, row);
    if (found == column.text_count) return INT64_MAX;
    const int64_t rank = int64_t(prefix(text(column.bytes, column.ends, found)) >> 1);
    return is_descending ? ~rank : rank;
}

int64_t ccolumns_name_rank(const ccolumns_table *table, uint32_t row, bool is_descending) {
    const int64_t rank = int64_t(prefix(text(table->name_bytes, table->name_ends, row)) >> 1);
    return is_descending ? ~rank : rank;
}

int64_t ccolumns_number_rank(const ccolumns_table *table, uint32_t row, uint32_t column, bool is_descending) {
    const int64_t found = number(table->numbers[column], row);
    if (found == table->numbers[column].null) return INT64_MAX;
    return is_descending ? ~found : found;
}
}
