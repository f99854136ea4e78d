#pragma once
#include "csimdjson.h"

namespace names {

/// What a member's name says of its value, as bits.
enum Meaning : uint8_t {
    /// The value and all below it is secret.
    secret = 1,
    /// The value is secret where it is text or a list of texts; an object below it is looked at member by member.
    secret_text = 2,
    /// The value names its siblings: `name` of `{"name": "DB_PASSWORD", "value": "x"}`.
    naming = 4,
    /// The value is what such a name names.
    named = 8,
    /// `kind` of a Kubernetes object.
    object_kind = 16,
    /// `data` and `stringData` of a Kubernetes object.
    object_data = 32,
};

/// Meanings of a name. When in doubt it is secret.
uint8_t meaning_of(csimdjson_text name);

inline bool says_secret(csimdjson_text name) { return meaning_of(name) & (secret | secret_text); }

}  // namespace names
