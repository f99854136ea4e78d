#include "freetext.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "names.hpp"

namespace freetext {
namespace {
using Text = std::string_view;

/// What a byte can be part of; the classes of all bytes of a text, ORed, say what it cannot hold.
enum ByteClass : uint8_t { blank = 1, quote = 2, word = 4, assigning = 8, at_sign = 16, dash = 32, slash = 64 };

constexpr std::array<uint8_t, 256> classes = [] {
    std::array<uint8_t, 256> table{};
    for (int byte = 0; byte < 256; ++byte) {
        const bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (is_letter || (byte >= '0' && byte <= '9') || byte >= 0x80) table[size_t(byte)] = word;
    }
    for (const char byte : {' ', '\t', '\n', '\r'}) table[uint8_t(byte)] = blank;
    for (const char byte : {'"', '\'', '`', '\\'}) table[uint8_t(byte)] = quote;
    table['_'] = table['.'] = word;
    table['-'] = word | dash;
    table['='] = table[':'] = assigning;
    table['@'] = at_sign;
    table['/'] = slash;
    return table;
}();
uint8_t class_of(char byte) { return classes[static_cast<uint8_t>(byte)]; }
bool is_blank(char byte) { return class_of(byte) & blank; }
bool is_quote(char byte) { return class_of(byte) & quote; }
bool is_word(char byte) { return class_of(byte) & word; }
uint8_t classes_of(Text text) {
    uint8_t found = 0;
    for (const char byte : text) found |= class_of(byte);
    return found;
}
bool says_secret(Text word) {
    return names::says_secret({reinterpret_cast<const uint8_t *>(word.data()), word.size()});
}
bool starts_with_ignoring_case(Text text, Text lower) {
    if (text.size() < lower.size()) return false;
    return std::equal(lower.begin(), lower.end(), text.begin(), [](char wanted, char byte) {
        return wanted == (byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    });
}

/// Tokens that can be told by how they begin.
bool is_known_token(Text word) {
    static constexpr Text beginnings[] = {
        "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xoxa-", "sk_live_", "sk-", "hvs.",
        "dckr_pat_", "npm_", "AKIA", "ASIA", "AIza",
    };
    if (word.size() < 16) return false;
    for (const Text beginning : beginnings) {
        if (word.starts_with(beginning)) return true;
    }
    return word.starts_with("eyJ") && std::count(word.begin(), word.end(), '.') >= 2;  // a JSON web token
}

bool is_private_key(Text text) {
    if (text.find("PuTTY-User-Key-File") != Text::npos) return true;
    const size_t begin = text.find("-----BEGIN");
    return begin != Text::npos && text.find("PRIVATE KEY", begin) != Text::npos;
}

/// Whether something that could be a value follows.
bool has_value(Text rest) {
    return std::any_of(rest.begin(), rest.end(), [](char byte) { return !is_blank(byte) && !is_quote(byte); });
}

/// Looks for `password=…`, `password: …`, `"password": …`, `--password …`, `requirepass …`, `Bearer …` and known tokens.
bool holds_secret(Text text, uint8_t found) {
    const bool is_run = !(found & blank);
    size_t at = 0;
    bool at_line_start = true;
    while (at < text.size()) {
        if (!is_word(text[at])) {
            if (!is_blank(text[at])) at_line_start = false;
            if (text[at] == '\n') at_line_start = true;
            ++at;
            continue;
        }
        const size_t start = at;
        while (at < text.size() && is_word(text[at])) ++at;
        const Text word = text.substr(start, at - start);
        if (is_known_token(word)) return true;

        size_t next = at;
        while (next < text.size() && (text[next] == ' ' || text[next] == '\t' || is_quote(text[next]) ||
                                      text[next] == ']' || text[next] == ')')) {
            ++next;
        }
        const bool is_assigned = next < text.size() && (text[next] == '=' || text[next] == ':');
        const bool is_flag = word.starts_with("-") && at < text.size() && is_blank(text[at]);
        // `quay.io/acme/secret-store:1.2` is an image.
        const bool is_image = is_run && start > 0 && text[start - 1] == '/' && is_assigned && text[next] == ':';
        if ((is_assigned || is_flag) && !is_image && says_secret(word)) {
            Text rest = text.substr(is_assigned ? next : at);
            while (!rest.empty() && (rest[0] == '=' || rest[0] == ':' || rest[0] == '>')) rest.remove_prefix(1);
            if (has_value(rest)) return true;
        }
        if (starts_with_ignoring_case(word, "bearer") && word.size() == 6 && at + 8 < text.size() && text[at] == ' ') {
            const Text token = text.substr(at + 1, 8);
            if (std::none_of(token.begin(), token.end(), is_blank)) return true;
        }
        // A line of two words, as in redis.conf.
        if (at_line_start && at < text.size() && (text[at] == ' ' || text[at] == '\t') && says_secret(word)) {
            Text line = text.substr(at, text.find('\n', at) - at);
            while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
            while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
            if (!line.empty() && std::none_of(line.begin(), line.end(), is_blank)) return true;
        }
        at_line_start = false;
    }
    return found & slash && text.find("hooks.slack.com/services/") != Text::npos;
}

/// The last `@` of `[from, to)` that does not begin an image's digest; `npos` when there is none.
size_t last_at_sign(Text text, size_t from, size_t to) {
    for (size_t index = to; index > from; --index) {
        if (text[index - 1] != '@') continue;
        const Text rest = text.substr(index, 7);
        if (rest != "sha256:" && rest != "sha512:") return index - 1;
    }
    return Text::npos;
}

bool ends_run(char byte) { return is_blank(byte) || byte == '"' || byte == '\'' || byte == '`' || byte == '<' || byte == '>'; }

/// Masks what stands before the `@` in one run without blanks. Appends the run to `masked`.
bool mask_run(Text run, std::string &masked) {
    bool found = false;
    size_t copied = 0;
    size_t scheme = run.find("://");
    if (scheme == Text::npos) {
        // `user:password@host`, `user:password@tcp(host)/database`
        const size_t at = last_at_sign(run, 0, run.size());
        if (at != Text::npos && run.substr(0, at).find(':') != Text::npos) {
            masked += "***";
            copied = at;
            found = true;
        }
    }
    while (scheme != Text::npos) {
        const size_t start = scheme + 3;
        const size_t authority = std::min(run.find_first_of("/?#", start), run.size());
        // An unescaped `/`, `?` or `#` in the password hides the `@` behind what looks like a port.
        const bool has_colon = run.substr(start, authority - start).find(':') != Text::npos;
        const size_t next = run.find("://", start);
        const size_t limit = has_colon ? std::min(next, run.size()) : authority;
        const size_t at = last_at_sign(run, start, limit);
        if (at != Text::npos) {
            masked.append(run.substr(copied, start - copied));
            masked += "***";
            copied = at;
            found = true;
        }
        scheme = next;
    }
    masked.append(run.substr(copied));
    return found;
}

bool mask_user_information(Text text, std::string &masked) {
    masked.clear();
    bool found = false;
    size_t at = 0;
    while (at < text.size()) {
        const size_t start = at;
        while (at < text.size() && !ends_run(text[at])) ++at;
        if (mask_run(text.substr(start, at - start), masked)) found = true;
        if (at < text.size()) masked += text[at++];
    }
    return found;
}
}  // namespace

Finding look_at(Text text, std::string &masked) {
    const uint8_t found = classes_of(text);
    // Too short for a known token or a key, and one word: nothing is assigned in it. Most values are such.
    if (text.size() < 16 && !(found & (blank | assigning))) return Finding::nothing;
    if ((found & dash && is_private_key(text)) || holds_secret(text, found)) return Finding::secret;
    if (!(found & at_sign) || !(found & assigning)) return Finding::nothing;
    return mask_user_information(text, masked) ? Finding::user_information : Finding::nothing;
}

bool is_secret_flag(Text text) {
    return text.size() > 1 && text[0] == '-' && text.find_first_of("=: ") == Text::npos && says_secret(text);
}

}  // namespace freetext
