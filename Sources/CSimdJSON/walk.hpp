#pragma once
#include <cstring>

#include "text.hpp"
#include "tokens.hpp"

namespace tokens {

constexpr size_t deepest = 64;

/// A scalar as it stands in the text.
struct Scalar {
    /// `CSIMDJSON_NULL`, `FALSE`, `TRUE`, `INTEGER` or `NUMBER`.
    csimdjson_kind kind;
    csimdjson_text token;
    int64_t integer;
};

/// A string as it stands in the text: `inside` is what is between the quotation marks, still escaped.
struct String {
    csimdjson_text inside;
    bool has_escapes;
};

template <size_t size> bool equals(csimdjson_text token, const char (&word)[size]) {
    return token.length == size - 1 && std::memcmp(token.bytes, word, size - 1) == 0;
}

/// Walks the tokens of one document and holds them to the grammar of RFC 8259, whatever the handler looks at.
///
/// The handler has `open_object(at)`, `close_object(at)`, `open_array(at)`, `close_array(at)`, `key(String)`,
/// `string(String)` and `scalar(Scalar)`, each returning a status: anything but OK ends the walk. `at` points to the
/// bracket. Escapes inside strings are for the handler to check, since most want the unescaped text anyway.
template <class Handler>
csimdjson_status walk(const uint8_t *bytes, size_t length, const Index &index, size_t max_depth, Handler &handler) {
    if (index.status() != CSIMDJSON_OK) return index.status();
    const uint32_t *token = index.begin();
    const uint32_t *const last = token + index.count();
    bool is_object[deepest];
    size_t depth = 0;
    if (max_depth > deepest) max_depth = deepest;

    // Where the token ends: before the next one, less the white space between.
    const auto end_of_token = [&](const uint32_t *current) {
        size_t end = current + 1 < last ? current[1] : length;
        while (end > *current + size_t(1)) {
            const uint8_t byte = bytes[end - 1];
            if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') break;
            --end;
        }
        return end;
    };
    const auto read_string = [&](String &string) {
        const size_t start = *token;
        const size_t end = end_of_token(token);
        if (end < start + 2 || bytes[end - 1] != '"') return false;
        string.inside = {bytes + start + 1, end - start - 2};
        string.has_escapes = text::find_backslash(bytes + start + 1, bytes + end - 1) != bytes + end - 1;
        return true;
    };
    csimdjson_status status;
    String string;

    if (token == last) return CSIMDJSON_SYNTAX;
value:
    if (token == last) return CSIMDJSON_SYNTAX;
    switch (bytes[*token]) {
    case '{':
        if (depth == max_depth) return CSIMDJSON_TOO_DEEP;
        if ((status = handler.open_object(bytes + *token))) return status;
        is_object[depth++] = true;
        ++token;
        if (token < last && bytes[*token] == '}') goto close;
        goto key;
    case '[':
        if (depth == max_depth) return CSIMDJSON_TOO_DEEP;
        if ((status = handler.open_array(bytes + *token))) return status;
        is_object[depth++] = false;
        ++token;
        if (token < last && bytes[*token] == ']') goto close;
        goto value;
    case '"':
        if (!read_string(string)) return CSIMDJSON_SYNTAX;
        if ((status = handler.string(string))) return status;
        ++token;
        goto after;
    default: {
        Scalar scalar{CSIMDJSON_NULL, {bytes + *token, end_of_token(token) - *token}, 0};
        if (equals(scalar.token, "null")) {
            scalar.kind = CSIMDJSON_NULL;
        } else if (equals(scalar.token, "true")) {
            scalar.kind = CSIMDJSON_TRUE;
        } else if (equals(scalar.token, "false")) {
            scalar.kind = CSIMDJSON_FALSE;
        } else {
            const auto number = text::classify_number(scalar.token, scalar.integer);
            if (number == text::Number::invalid) return CSIMDJSON_SYNTAX;
            scalar.kind = number == text::Number::integer ? CSIMDJSON_INTEGER : CSIMDJSON_NUMBER;
        }
        if ((status = handler.scalar(scalar))) return status;
        ++token;
        goto after;
    }
    }
key:
    if (token == last || bytes[*token] != '"' || !read_string(string)) return CSIMDJSON_SYNTAX;
    if ((status = handler.key(string))) return status;
    ++token;
    if (token == last || bytes[*token] != ':') return CSIMDJSON_SYNTAX;
    ++token;
    goto value;
after:
    if (depth == 0) return token == last ? CSIMDJSON_OK : CSIMDJSON_SYNTAX;
    if (token == last) return CSIMDJSON_SYNTAX;
    switch (bytes[*token]) {
    case ',':
        ++token;
        if (is_object[depth - 1]) goto key;
        goto value;
    case '}':
    case ']': goto close;
    default: return CSIMDJSON_SYNTAX;
    }
close:
    if (is_object[depth - 1] != (bytes[*token] == '}')) return CSIMDJSON_SYNTAX;
    status = is_object[depth - 1] ? handler.close_object(bytes + *token) : handler.close_array(bytes + *token);
    if (status) return status;
    --depth;
    ++token;
    goto after;
}

}  // namespace tokens
