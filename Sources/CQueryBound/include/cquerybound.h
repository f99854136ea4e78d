#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

// Plain programs beside which the query engine and the decoder are measured. No exception crosses.

/// Releases as packed columns, in the order of the default page: no clusters, no snapshot, nothing to be said of either.
typedef struct cquerybound_columns {
    const uint16_t *namespaces;
    const uint8_t *statuses;
    const int64_t *updated;
    size_t count;
} cquerybound_columns;

/// The first `limit` rows of that namespace and status and how many there are in all: one loop, one pass.
size_t cquerybound_filter(
    const cquerybound_columns *columns, uint16_t name_space, uint8_t status, uint32_t *rows, size_t limit);

/// The same, the rows updated last first.
size_t cquerybound_filter_newest(
    const cquerybound_columns *columns, uint16_t name_space, uint8_t status, uint32_t *rows, size_t limit);

/// Touches every field of every row of a list with simdjson On-Demand, strings unescaped. `bytes` has room for
/// simdjson's padding behind it. Returns a sum over what was read, 0 when the list cannot be read.
uint64_t cquerybound_touch(const uint8_t *bytes, size_t length, size_t capacity);

#ifdef __cplusplus
}
#endif
