#include <cstring>

#include "csimdjson.h"

namespace {
// Odd constants with about as many ones as zeros: fraction digits of the roots of 2, 3, 5 and 7.
constexpr csimdjson_hash_key known_key = {
    {0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1}};

/// The two halves of a 128-bit product, folded together.
inline uint64_t fold(uint64_t left, uint64_t right) {
    const auto product = static_cast<unsigned __int128>(left) * right;
    return uint64_t(product) ^ uint64_t(product >> 64);
}
inline uint64_t load(const uint8_t *at) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    return word;
}
}  // namespace

extern "C" csimdjson_hash csimdjson_hash_text(const uint8_t *bytes, size_t length) {
    return csimdjson_hash_keyed(bytes, length, &known_key);
}

extern "C" csimdjson_hash csimdjson_hash_keyed(const uint8_t *bytes, size_t length, const csimdjson_hash_key *key) {
    const auto [first_key, second_key, third_key, fourth_key] = key->words;
    uint64_t low = first_key ^ uint64_t(length);
    uint64_t high = fold(third_key, fourth_key ^ uint64_t(length));
    size_t rest = length;
    if (rest >= 64) {
        // Two pairs of lanes side by side: one alone waits for its own product most of the time.
        uint64_t other_low = fold(second_key, first_key ^ uint64_t(length));
        uint64_t other_high = fourth_key ^ uint64_t(length);
        while (rest >= 32) {
            const uint64_t a = load(bytes), b = load(bytes + 8), c = load(bytes + 16), d = load(bytes + 24);
            // Each word enters both lanes with another partner, so that what one lane loses the other keeps.
            low = fold(a ^ second_key, b ^ low);
            high = fold(b ^ third_key, a ^ high) + a;
            other_low = fold(c ^ fourth_key, d ^ other_low);
            other_high = fold(d ^ first_key, c ^ other_high) + c;
            bytes += 32;
            rest -= 32;
        }
        low = fold(low ^ third_key, other_low ^ fourth_key) ^ other_high;
        high = fold(high ^ first_key, other_high ^ second_key) + other_low;
    }
    while (rest >= 16) {
        const uint64_t left = load(bytes);
        const uint64_t right = load(bytes + 8);
        low = fold(left ^ second_key, right ^ low);
        high = fold(right ^ third_key, left ^ high) + left;
        bytes += 16;
        rest -= 16;
    }
    uint64_t tail[2] = {0, 0};
    if (rest > 0) std::memcpy(tail, bytes, rest);
    low = fold(tail[0] ^ second_key, tail[1] ^ low);
    high = fold(tail[1] ^ third_key, tail[0] ^ high) + tail[0];
    return {fold(low ^ fourth_key, high ^ first_key), fold(high ^ second_key, low ^ third_key)};
}
