#include "text.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

namespace text {

static_assert(std::endian::native == std::endian::little, "the word tricks below count bytes from the low end");

namespace {
constexpr uint64_t ones = 0x0101010101010101;
constexpr uint64_t highs = 0x8080808080808080;

/// High bit set in each byte that is `\`; exact up to and including the first one.
inline uint64_t backslashes(uint64_t word) {
    const uint64_t difference = word ^ (ones * '\\');
    return (difference - ones) & ~difference & highs;
}

int hex_digit(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

/// The four digits after `\u`; -1 when there are not four.
int hex_quad(const uint8_t *at, const uint8_t *end) {
    if (end - at < 4) return -1;
    int value = 0;
    for (int index = 0; index < 4; ++index) {
        const int digit = hex_digit(at[index]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

size_t encode(uint32_t scalar, uint8_t *target) {
    if (scalar < 0x80) {
        target[0] = uint8_t(scalar);
        return 1;
    }
    if (scalar < 0x800) {
        target[0] = uint8_t(0xC0 | scalar >> 6);
        target[1] = uint8_t(0x80 | (scalar & 63));
        return 2;
    }
    if (scalar < 0x10000) {
        target[0] = uint8_t(0xE0 | scalar >> 12);
        target[1] = uint8_t(0x80 | (scalar >> 6 & 63));
        target[2] = uint8_t(0x80 | (scalar & 63));
        return 3;
    }
    target[0] = uint8_t(0xF0 | scalar >> 18);
    target[1] = uint8_t(0x80 | (scalar >> 12 & 63));
    target[2] = uint8_t(0x80 | (scalar >> 6 & 63));
    target[3] = uint8_t(0x80 | (scalar & 63));
    return 4;
}

struct Escape {
    /// Bytes of the source, 0 when it is no escape.
    size_t length;
    uint32_t scalar;
    bool broken;
};

/// What an escape of two bytes stands for, by its second; zero where there is none such.
struct ShortEscapes {
    uint8_t meanings[256] = {};
    constexpr ShortEscapes() {
        meanings['"'] = '"';
        meanings['\\'] = '\\';
        meanings['/'] = '/';
        meanings['b'] = '\b';
        meanings['f'] = '\f';
        meanings['n'] = '\n';
        meanings['r'] = '\r';
        meanings['t'] = '\t';
    }
    constexpr uint8_t operator[](uint8_t byte) const { return meanings[byte]; }
};
constexpr ShortEscapes short_escapes;

/// Reads the escape whose `\` is at `at`.
Escape read_escape(const uint8_t *at, const uint8_t *end) {
    if (end - at < 2) return {0, 0, false};
    if (short_escapes[at[1]] != 0) return {2, short_escapes[at[1]], false};
    if (at[1] != 'u') return {0, 0, false};
    const int first = hex_quad(at + 2, end);
    if (first < 0) return {0, 0, false};
    if (first < 0xD800 || first > 0xDFFF) return {6, uint32_t(first), false};
    if (first <= 0xDBFF && end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        const int second = hex_quad(at + 8, end);
        if (second >= 0xDC00 && second <= 0xDFFF) {
            return {12, 0x10000 + (uint32_t(first - 0xD800) << 10) + uint32_t(second - 0xDC00), false};
        }
    }
    return {6, 0xFFFD, true};
}

using Block = uint8_t __attribute__((ext_vector_type(64)));
using Bits = bool __attribute__((ext_vector_type(64)));

/// A bit for each byte of the block that is `byte`, the first the lowest.
[[gnu::always_inline]] inline uint64_t where(const Block &block, uint8_t byte) {
    const Bits bits = __builtin_convertvector(block == byte, Bits);
    uint64_t word;
    static_assert(sizeof bits == sizeof word);
    std::memcpy(&word, &bits, sizeof word);
    return word;
}

/// Of backslashes those that begin an escape: of those in a row the first, the third and so on.
uint64_t beginnings(uint64_t backslashes) {
    constexpr uint64_t evens = 0x5555555555555555;
    const uint64_t firsts = backslashes & ~(backslashes << 1);
    // Added to its first, a row of ones becomes zeros; the carry goes to the place behind it, which is none of them.
    const uint64_t from_even = backslashes & ~(backslashes + (firsts & evens));
    return (from_even & evens) | (backslashes & ~from_even & ~evens);
}
}  // namespace

const uint8_t *find_backslash(const uint8_t *at, const uint8_t *end) {
    // Most strings are short: for them the call would cost more than the search.
    for (int words = 0; words < 4; ++words) {
        if (end - at < 8) {
            while (at < end && *at != '\\') ++at;
            return at;
        }
        uint64_t word;
        std::memcpy(&word, at, 8);
        const uint64_t found = backslashes(word);
        if (found) return at + std::countr_zero(found) / 8;
        at += 8;
    }
    if (at == end) return end;
    const void *found = std::memchr(at, '\\', size_t(end - at));
    return found ? static_cast<const uint8_t *>(found) : end;
}

Unescaped unescape(csimdjson_text source, uint8_t *target, size_t &written) {
    const uint8_t *at = source.bytes;
    const uint8_t *const end = at + source.length;
    uint8_t *out = target;
    bool broken = false;
    while (at < end) {
        // Never more is written than was read: every escape is at least as long as what it stands for.
        while (end - at >= 8) {
            uint64_t word;
            std::memcpy(&word, at, 8);
            const uint64_t found = backslashes(word);
            std::memcpy(out, &word, 8);
            if (found) {
                const int before = std::countr_zero(found) / 8;
                at += before;
                out += before;
                break;
            }
            at += 8;
            out += 8;
        }
        if (at == end) break;
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        // Almost every escape is of two bytes, and JSON within JSON is full of them.
        if (end - at >= 2 && short_escapes[at[1]] != 0) {
            *out++ = short_escapes[at[1]];
            at += 2;
            continue;
        }
        const Escape escape = read_escape(at, end);
        if (escape.length == 0) return Unescaped::invalid;
        broken |= escape.broken;
        at += escape.length;
        out += encode(escape.scalar, out);
    }
    written = size_t(out - target);
    return broken ? Unescaped::broken : Unescaped::whole;
}

Unescaped check(csimdjson_text source) {
    const uint8_t *const end = source.bytes + source.length;
    bool broken = false;
    // Bit 0: the byte before this block begins an escape.
    uint64_t open = 0;
    // Before it all is read: a pair of surrogates is one escape.
    const uint8_t *read = source.bytes;
    for (size_t start = 0; start < source.length; start += 64) {
        Block block = 0;
        std::memcpy(&block, source.bytes + start, std::min<size_t>(64, source.length - start));
        const uint64_t beginning = beginnings(where(block, '\\') & ~open);
        const uint64_t escaped = beginning << 1 | open;
        open = beginning >> 63;
        if (escaped == 0) continue;
        // JSON within JSON has hardly any other.
        uint64_t others = escaped & ~(where(block, '"') | where(block, '\\') | where(block, 'n'));
        for (; others != 0; others &= others - 1) {
            const uint8_t *at = source.bytes + start + std::countr_zero(others) - 1;
            if (at < read) continue;
            const Escape escape = read_escape(at, end);
            if (escape.length == 0) return Unescaped::invalid;
            broken |= escape.broken;
            read = at + escape.length;
        }
    }
    if (open != 0) return Unescaped::invalid;
    return broken ? Unescaped::broken : Unescaped::whole;
}

void append_escaped(std::string &target, const uint8_t *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    size_t copied = 0;
    for (size_t index = 0; index < length; ++index) {
        const uint8_t byte = bytes[index];
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        target.append(reinterpret_cast<const char *>(bytes) + copied, index - copied);
        copied = index + 1;
        switch (byte) {
        case '"': target += "\\\""; break;
        case '\\': target += "\\\\"; break;
        case '\n': target += "\\n"; break;
        case '\r': target += "\\r"; break;
        case '\t': target += "\\t"; break;
        default:
            target += "\\u00";
            target += digits[byte >> 4];
            target += digits[byte & 15];
        }
    }
    target.append(reinterpret_cast<const char *>(bytes) + copied, length - copied);
}

Number classify_number(csimdjson_text token, int64_t &integer) {
    const uint8_t *at = token.bytes;
    const uint8_t *const end = at + token.length;
    const auto is_digit = [&] { return at < end && *at >= '0' && *at <= '9'; };
    const bool negative = at < end && *at == '-';
    if (negative) ++at;
    if (!is_digit()) return Number::invalid;
    bool fits = true;
    int64_t value = 0;  // counted downwards, so that the smallest Int64 fits
    if (*at == '0') {
        ++at;
    } else {
        for (; is_digit(); ++at) {
            fits = fits && !__builtin_mul_overflow(value, int64_t(10), &value) &&
                   !__builtin_sub_overflow(value, int64_t(*at - '0'), &value);
        }
    }
    if (at == end) {
        if (!negative) fits = fits && !__builtin_sub_overflow(int64_t(0), value, &value);
        integer = value;
        return fits ? Number::integer : Number::real;
    }
    if (*at == '.') {
        ++at;
        if (!is_digit()) return Number::invalid;
        while (is_digit()) ++at;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at < end && (*at == '+' || *at == '-')) ++at;
        if (!is_digit()) return Number::invalid;
        while (is_digit()) ++at;
    }
    return at == end ? Number::real : Number::invalid;
}

double real_value(csimdjson_text token) {
    const char *first = reinterpret_cast<const char *>(token.bytes);
    double value = 0;
    const auto result = std::from_chars(first, first + token.length, value);
    if (result.ec != std::errc::result_out_of_range) return value;
    // Too small or too large: from_chars does not say which, the sign of the exponent does.
    const bool negative = *first == '-';
    bool is_small = false;
    for (size_t index = 0; index + 1 < token.length; ++index) {
        if (first[index] == 'e' || first[index] == 'E') is_small = first[index + 1] == '-';
    }
    const double magnitude = is_small ? 0 : std::numeric_limits<double>::max();
    return negative ? -magnitude : magnitude;
}

}  // namespace text
