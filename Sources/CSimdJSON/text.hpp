#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "csimdjson.h"

namespace text {

/// The first `\` of `[at, end)`, or `end`.
const uint8_t *find_backslash(const uint8_t *at, const uint8_t *end);

/// What unescaping came to.
enum class Unescaped {
    whole,
    /// Half a surrogate pair became U+FFFD.
    broken,
    /// An escape that JSON does not have.
    invalid,
};

/// Unescapes the inside of a JSON string. Needs room for `source.length` bytes at `target`; never writes more.
Unescaped unescape(csimdjson_text source, uint8_t *target, size_t &written);

/// Checks the escapes of a JSON string alone.
Unescaped check(csimdjson_text source);

/// Appends the inside of a JSON string.
void append_escaped(std::string &target, const uint8_t *bytes, size_t length);

/// A JSON number: its grammar, and its value as an integer where it has one.
enum class Number { invalid, integer, real };
Number classify_number(csimdjson_text token, int64_t &integer);
double real_value(csimdjson_text token);

}  // namespace text
