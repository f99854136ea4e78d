#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "freetext.hpp"
#include "names.hpp"
#include "walk.hpp"

namespace {
using std::string_view;

constexpr string_view stars = "***";
/// JSON inside a string inside JSON…: beyond this the string is withheld whole.
constexpr int deepest_text = 3;

string_view view(csimdjson_text text) { return {reinterpret_cast<const char *>(text.bytes), text.length}; }

csimdjson_status mask_document(csimdjson_text document, int level, std::string &masked, bool &changed);

/// A string unescaped, in a buffer of its own when it has escapes.
csimdjson_status plain_text(const tokens::String &string, std::string &buffer, string_view &plain) {
    plain = view(string.inside);
    if (!string.has_escapes) return CSIMDJSON_OK;
    buffer.resize(string.inside.length);
    size_t length = 0;
    if (text::unescape(string.inside, reinterpret_cast<uint8_t *>(buffer.data()), length) == text::Unescaped::invalid) {
        return CSIMDJSON_SYNTAX;
    }
    plain = string_view(buffer).substr(0, length);
    return CSIMDJSON_OK;
}
csimdjson_text bytes_of(string_view text) { return {reinterpret_cast<const uint8_t *>(text.data()), text.size()}; }

/// What an object says of its own members; found in a first walk, since members come in any order.
enum ObjectTrait : uint8_t { names_a_secret = 1, is_kubernetes_secret = 2 };

/// The first walk: holds the text to the grammar and notes what names and objects say, in the order they come.
class Survey {
public:
    /// `names::Meaning`s of each key.
    std::vector<uint8_t> meanings;
    /// `ObjectTrait`s of each object.
    std::vector<uint8_t> traits;

    csimdjson_status open_object(const uint8_t *) {
        open_[depth_++] = traits.size();
        traits.push_back(0);
        meaning_ = 0;
        return CSIMDJSON_OK;
    }
    csimdjson_status open_array(const uint8_t *) {
        depth_++;
        meaning_ = 0;
        return CSIMDJSON_OK;
    }
    csimdjson_status close_object(const uint8_t *) { return close(); }
    csimdjson_status close_array(const uint8_t *) { return close(); }
    csimdjson_status key(const tokens::String &string) {
        string_view name;
        if (const auto status = plain_text(string, buffer_, name)) return status;
        meaning_ = names::meaning_of(bytes_of(name));
        meanings.push_back(meaning_);
        return CSIMDJSON_OK;
    }
    csimdjson_status string(const tokens::String &string) {
        const uint8_t meaning = meaning_;
        meaning_ = 0;
        if (!(meaning & (names::naming | names::object_kind))) {
            return string.has_escapes && text::check(string.inside) == text::Unescaped::invalid ? CSIMDJSON_SYNTAX
                                                                                                : CSIMDJSON_OK;
        }
        string_view value;
        if (const auto status = plain_text(string, buffer_, value)) return status;
        uint8_t &trait = traits[open_[depth_ - 1]];
        if (meaning & names::naming && names::says_secret(bytes_of(value))) trait |= names_a_secret;
        if (meaning & names::object_kind && value == "Secret") trait |= is_kubernetes_secret;
        return CSIMDJSON_OK;
    }
    csimdjson_status scalar(const tokens::Scalar &) {
        meaning_ = 0;
        return CSIMDJSON_OK;
    }

private:
    csimdjson_status close() {
        depth_--;
        meaning_ = 0;
        return CSIMDJSON_OK;
    }
    size_t open_[tokens::deepest];
    size_t depth_ = 0;
    uint8_t meaning_ = 0;  // of the key just read, while its value has not begun
    std::string buffer_;
};

/// The second walk: copies the text through, but for what is replaced.
class Copy {
public:
    Copy(csimdjson_text document, const Survey &survey, int level, std::string &target)
        : from_(document.bytes), end_(document.bytes + document.length), survey_(survey), level_(level),
          target_(target) {}

    bool changed = false;

    void finish() { copy_to(end_); }

    csimdjson_status open_object(const uint8_t *) {
        open(is_secret(false), survey_.traits[opened_++], true);
        return CSIMDJSON_OK;
    }
    csimdjson_status open_array(const uint8_t *) {
        open(is_secret(true), 0, false);
        return CSIMDJSON_OK;
    }
    csimdjson_status close_object(const uint8_t *) { return close(); }
    csimdjson_status close_array(const uint8_t *) { return close(); }

    csimdjson_status key(const tokens::String &) {
        frames_[depth_ - 1].meaning = survey_.meanings[named_++];
        return CSIMDJSON_OK;
    }
    csimdjson_status string(const tokens::String &string) {
        const uint8_t *start = string.inside.bytes - 1;
        const uint8_t *end = string.inside.bytes + string.inside.length + 1;
        if (is_secret(true)) {
            replace(start, end, stars);
            return CSIMDJSON_OK;
        }
        string_view plain;
        if (const auto status = plain_text(string, buffer_, plain)) return status;
        if (depth_ > 0) frames_[depth_ - 1].masks_next = freetext::is_secret_flag(plain);
        return look_into(plain, start, end);
    }
    csimdjson_status scalar(const tokens::Scalar &scalar) {
        if (scalar.kind != CSIMDJSON_NULL && is_secret(true)) {
            replace(scalar.token.bytes, scalar.token.bytes + scalar.token.length, stars);
        }
        return CSIMDJSON_OK;
    }

private:
    struct Frame {
        bool is_object;
        /// Everything below is secret.
        bool is_secret;
        /// The element before was a flag whose value comes now.
        bool masks_next;
        uint8_t traits;
        /// Of the member being read.
        uint8_t meaning;
    };

    /// Whether the value that begins now is secret. An object under `secret_text` is not.
    bool is_secret(bool is_text) {
        if (depth_ == 0) return false;
        Frame &frame = frames_[depth_ - 1];
        if (frame.is_secret) return true;
        if (!frame.is_object) {
            const bool masks = frame.masks_next;
            frame.masks_next = false;
            return masks && is_text;
        }
        if (frame.meaning & names::secret) return true;
        if (is_text && frame.meaning & names::secret_text) return true;
        if (frame.meaning & names::named && frame.traits & names_a_secret) return true;
        return frame.meaning & names::object_data && frame.traits & is_kubernetes_secret;
    }
    void open(bool secret, uint8_t traits, bool is_object) { frames_[depth_++] = {is_object, secret, false, traits, 0}; }
    csimdjson_status close() {
        depth_--;
        return CSIMDJSON_OK;
    }

    csimdjson_status look_into(string_view plain, const uint8_t *start, const uint8_t *end) {
        if (plain.size() < 3) return CSIMDJSON_OK;
        const size_t first = plain.find_first_not_of(" \t\r\n");
        if (first != string_view::npos && (plain[first] == '{' || plain[first] == '[')) {
            if (level_ == deepest_text) {
                replace(start, end, stars);
                return CSIMDJSON_OK;
            }
            std::string inner;
            bool inner_changed = false;
            switch (mask_document(bytes_of(plain), level_ + 1, inner, inner_changed)) {
            case CSIMDJSON_OK:
                if (inner_changed) replace(start, end, inner);
                return CSIMDJSON_OK;
            case CSIMDJSON_SYNTAX:
            case CSIMDJSON_NOT_UTF8: break;  // a template, say: text
            default: replace(start, end, stars); return CSIMDJSON_OK;
            }
        }
        switch (freetext::look_at(plain, found_)) {
        case freetext::Finding::nothing: break;
        case freetext::Finding::user_information: replace(start, end, found_); break;
        case freetext::Finding::secret: replace(start, end, stars); break;
        }
        return CSIMDJSON_OK;
    }

    void copy_to(const uint8_t *end) {
        target_.append(reinterpret_cast<const char *>(from_), size_t(end - from_));
        from_ = end;
    }
    void replace(const uint8_t *start, const uint8_t *end, string_view replacement) {
        copy_to(start);
        target_ += '"';
        const csimdjson_text bytes = bytes_of(replacement);
        text::append_escaped(target_, bytes.bytes, bytes.length);
        target_ += '"';
        from_ = end;
        changed = true;
    }

    const uint8_t *from_;
    const uint8_t *end_;
    const Survey &survey_;
    size_t opened_ = 0;
    size_t named_ = 0;
    int level_;
    std::string &target_;
    Frame frames_[tokens::deepest];
    size_t depth_ = 0;
    std::string buffer_;
    std::string found_;
};

csimdjson_status mask_document(csimdjson_text document, int level, std::string &masked, bool &changed) {
    const tokens::Index index(document.bytes, document.length);
    Survey survey;
    if (const auto status = tokens::walk(document.bytes, document.length, index, tokens::deepest, survey)) {
        return status;
    }
    masked.reserve(document.length);
    Copy copy(document, survey, level, masked);
    if (const auto status = tokens::walk(document.bytes, document.length, index, tokens::deepest, copy)) return status;
    copy.finish();
    changed = copy.changed;
    return CSIMDJSON_OK;
}
}  // namespace

extern "C" csimdjson_masked csimdjson_mask(const uint8_t *bytes, size_t length) {
    try {
        std::string masked;
        bool changed = false;
        const auto status = mask_document({bytes, length}, 0, masked, changed);
        if (status != CSIMDJSON_OK) return {status, nullptr, 0};
        auto *copy = static_cast<uint8_t *>(std::malloc(masked.size()));
        if (!copy) return {CSIMDJSON_NO_MEMORY, nullptr, 0};
        std::memcpy(copy, masked.data(), masked.size());
        return {CSIMDJSON_OK, copy, masked.size()};
    } catch (...) {  // std::bad_alloc is all that can be thrown
        return {CSIMDJSON_NO_MEMORY, nullptr, 0};
    }
}
extern "C" void csimdjson_free(uint8_t *bytes) { std::free(bytes); }
