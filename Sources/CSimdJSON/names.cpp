#include "names.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace names {
namespace {
using Text = std::string_view;

/// Secret wherever they stand in the name, with separators and case taken away.
constexpr Text secret_parts[] = {
    "passw",     "passphrase", "passcode",  "secret",      "token",        "credential", "private",
    "apikey",    "accesskey",  "authkey",   "signingkey",  "bearer",       "pwd",        "authorization",
    "dockerconfig", "dockercfg", "kubeconfig", "connectionstring", "connstring", "connstr", "keytab",
    "keyring",   "keypair",    "keyfile",   "cookie",      "webhookurl",   "slackurl",   "jaas",
    "netrc",     "npmrc",      "pypirc",    "mnemonic",    "idrsa",        "ided25519",  "idecdsa",
    "otpauth",   "encryptionkey",
    // Chinese: password, key, passphrase, token.
    "\xE5\xAF\x86\xE7\xA0\x81", "\xE5\xAF\x86\xE9\x92\xA5", "\xE5\x8F\xA3\xE4\xBB\xA4", "\xE4\xBB\xA4\xE7\x89\x8C",
};
/// Secret as a word of their own: `api_key`, `apiKey`, `tls.key`, but not `keyspace` or `keycloak`.
constexpr Text secret_words[] = {
    "key", "keys", "pass", "pw", "cred", "creds", "jwt", "psk", "hmac", "otp", "totp", "sk", "ak", "sas", "pem", "kek",
    "dek", "pfx", "jks", "rsa",
};
constexpr Text secret_text_words[] = {"auth", "auths", "basicauth", "dsn", "pin", "salt"};
/// Words that end like a secret one, or names that are known to say nothing secret.
constexpr Text harmless_key_endings[] = {"monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "hotkey"};
constexpr Text harmless_pass_endings[] = {"bypass", "compass", "overpass", "underpass", "surpass", "trespass"};
constexpr Text harmless_names[] = {
    "topologykey", "publickey", "publickeys", "primarykey", "foreignkey", "partitionkey", "routingkey", "sortkey",
};
constexpr Text naming_names[] = {
    "name", "key", "env", "envname", "envvar", "variable", "variablename", "var", "varname", "parameter",
    "parametername", "param", "paramname", "property", "propertyname", "field", "fieldname", "header", "headername",
    "option", "flag", "id", "label", "title", "setting", "attribute", "keyname", "configkey",
};
constexpr Text named_names[] = {
    "val", "content", "contents", "data", "text", "stringvalue", "default", "defaultvalue", "plaintext", "literal",
};

template <class List> bool is_one_of(Text text, const List &list) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}
template <class List> bool ends_with_one_of(Text text, const List &list) {
    return std::any_of(std::begin(list), std::end(list), [&](Text ending) { return text.ends_with(ending); });
}

/// `key` at the end of a word written without separators: `tlskey`, `MYKEY`.
bool ends_secretly(Text word) {
    Text singular = word;
    if (singular.ends_with("keys")) singular.remove_suffix(1);
    if (singular.ends_with("key") && !ends_with_one_of(singular, harmless_key_endings)) return true;
    if (word.ends_with("pass") && !ends_with_one_of(word, harmless_pass_endings)) return true;
    return (word.ends_with("cred") && !word.ends_with("sacred")) || word.ends_with("creds");
}

enum class Letter { none, lower, upper, digit };
Letter letter(uint8_t byte) {
    if (byte >= 'A' && byte <= 'Z') return Letter::upper;
    if (byte >= '0' && byte <= '9') return Letter::digit;
    if ((byte >= 'a' && byte <= 'z') || byte >= 0x80) return Letter::lower;
    return Letter::none;
}

constexpr size_t longest_name = 256;

uint8_t decide(csimdjson_text name) {
    if (name.length > longest_name) return secret;
    char squashed[longest_name];
    size_t starts[longest_name + 1];
    size_t length = 0;
    size_t words = 0;
    Letter before = Letter::none;
    for (size_t index = 0; index < name.length; ++index) {
        const uint8_t byte = name.bytes[index];
        const Letter now = letter(byte);
        if (now != Letter::none) {
            // `apiKey`, `APIKey`, `key2`: a word begins at a change of class, and at the last capital of a run.
            const bool ends_capitals = now == Letter::upper && before == Letter::upper && index + 1 < name.length &&
                                       letter(name.bytes[index + 1]) == Letter::lower;
            const bool goes_on = now == before || (now == Letter::lower && before == Letter::upper);
            if (!goes_on || ends_capitals) starts[words++] = length;
            squashed[length++] = now == Letter::upper ? char(byte - 'A' + 'a') : char(byte);
        }
        before = now;
    }
    starts[words] = length;
    const Text whole(squashed, length);

    uint8_t meaning = 0;
    if (is_one_of(whole, naming_names)) meaning |= naming;
    if (whole.starts_with("value") || is_one_of(whole, named_names)) meaning |= named;
    if (whole == "kind") meaning |= object_kind;
    if (whole == "data" || whole == "stringdata" || whole == "binarydata") meaning |= object_data;

    for (const Text part : secret_parts) {
        if (whole.find(part) != Text::npos) return meaning | secret;
    }
    if (ends_with_one_of(whole, harmless_names)) return meaning;
    if (ends_secretly(whole)) return meaning | secret;
    for (size_t word = 0; word < words; ++word) {
        const Text text(squashed + starts[word], starts[word + 1] - starts[word]);
        if (is_one_of(text, secret_words) || ends_secretly(text)) return meaning | secret;
        if (is_one_of(text, secret_text_words)) meaning |= secret_text;
    }
    if (is_one_of(whole, secret_text_words)) meaning |= secret_text;
    return meaning;
}

/// The same few hundred names come again and again: the last decision for each slot is kept, by thread.
struct Known {
    uint8_t length;
    uint8_t meaning;
    uint8_t bytes[46];
};
constexpr size_t slots = 1024;
thread_local std::unique_ptr<std::array<Known, slots>> known;

/// Spread by the length and the first and last bytes: names that differ in the middle alone share a slot, no more.
size_t slot_of(csimdjson_text name) {
    uint64_t first = 0;
    uint64_t last = 0;
    if (name.length >= 8) {
        std::memcpy(&first, name.bytes, 8);
        std::memcpy(&last, name.bytes + name.length - 8, 8);
    } else {
        for (size_t index = 0; index < name.length; ++index) first = first << 8 | name.bytes[index];
    }
    const uint64_t mixed = (first + name.length) * 0x9E3779B97F4A7C15 ^ last * 0xC2B2AE3D27D4EB4F;
    return size_t(mixed >> 40) % slots;
}
}  // namespace

uint8_t meaning_of(csimdjson_text name) {
    if (name.length == 0) return 0;
    if (name.length > sizeof(Known::bytes)) return decide(name);
    if (!known) known = std::make_unique<std::array<Known, slots>>();
    auto &slot = (*known)[slot_of(name)];
    if (slot.length == name.length && std::memcmp(slot.bytes, name.bytes, name.length) == 0) return slot.meaning;
    slot.meaning = decide(name);
    slot.length = uint8_t(name.length);
    std::memcpy(slot.bytes, name.bytes, name.length);
    return slot.meaning;
}

}  // namespace names

extern "C" bool csimdjson_is_secret_name(const uint8_t *bytes, size_t length) {
    try {
        return names::says_secret({bytes, length});
    } catch (...) {
        return true;
    }
}
