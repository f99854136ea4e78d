#include <algorithm>
#include <new>
#include <vector>

#include "walk.hpp"

namespace {

/// Unescaped copies of the strings of one row. Grows by need, in one block, so that pointers into it stay.
class Scratch {
public:
    uint8_t *reserve(size_t length) {
        if (length > capacity_) {
            bytes_.reset();
            capacity_ = std::max(length, size_t(4096));
            bytes_.reset(new uint8_t[capacity_]);
        }
        return bytes_.get();
    }

private:
    std::unique_ptr<uint8_t[]> bytes_;
    size_t capacity_ = 0;
};

uint64_t hash_of(csimdjson_text name) { return csimdjson_hash_text(name.bytes, name.length).low; }

class Rows {
public:
    Rows(const csimdjson_text *names, size_t count, uint64_t checked, const csimdjson_row_visitor &visitor)
        : names_(names, names + count), values_(count), escaped_(count), checked_(checked), visitor_(visitor) {}

    csimdjson_status open_object(const uint8_t *at) {
        ++depth_;
        if (in_row_) return take(CSIMDJSON_OBJECT);
        if (depth_ == 1) return CSIMDJSON_SYNTAX;  // the document is no array
        in_row_ = true;
        row_start_ = at;
        row_depth_ = depth_;
        for (auto &value : values_) value.kind = CSIMDJSON_ABSENT;
        others_.clear();
        repeated_ = false;
        position_ = 0;
        return CSIMDJSON_OK;
    }
    csimdjson_status close_object(const uint8_t *at) {
        --depth_;
        return in_row_ && depth_ < row_depth_ ? finish_row(at + 1) : CSIMDJSON_OK;
    }
    csimdjson_status open_array(const uint8_t *) {
        ++depth_;
        if (in_row_) return take(CSIMDJSON_ARRAY);
        if (depth_ <= 2) return CSIMDJSON_OK;
        // A third array is no row: it and all below it is one unusable row.
        in_row_ = true;
        row_depth_ = depth_;
        is_junk_ = true;
        return CSIMDJSON_OK;
    }
    csimdjson_status close_array(const uint8_t *at) {
        --depth_;
        return in_row_ && depth_ < row_depth_ ? finish_row(at + 1) : CSIMDJSON_OK;
    }
    csimdjson_status key(const tokens::String &string) {
        if (!in_row_ || is_junk_ || depth_ != row_depth_) return checked(string);
        csimdjson_text name = string.inside;
        if (string.has_escapes) {
            size_t length = 0;
            uint8_t *bytes = key_scratch_.reserve(name.length);
            if (text::unescape(name, bytes, length) == text::Unescaped::invalid) return CSIMDJSON_SYNTAX;
            name = {bytes, length};
        }
        current_ = find(name);
        if (current_ == nowhere) {
            others_.push_back(hash_of(name));
        } else if (values_[current_].kind != CSIMDJSON_ABSENT) {
            repeated_ = true;
        }
        return CSIMDJSON_OK;
    }
    csimdjson_status string(const tokens::String &string) {
        if (!in_row_) return junk(checked(string));
        if (!is_wanted()) return checked(string);
        auto &value = values_[current_];
        value.kind = CSIMDJSON_STRING;
        value.text = string.inside;
        escaped_[current_] = string.has_escapes;
        return CSIMDJSON_OK;
    }
    csimdjson_status scalar(const tokens::Scalar &scalar) {
        if (!in_row_) return junk(CSIMDJSON_OK);
        if (!is_wanted()) return CSIMDJSON_OK;
        auto &value = values_[current_];
        value.kind = scalar.kind;
        value.text = scalar.token;
        value.integer = scalar.integer;
        return CSIMDJSON_OK;
    }

private:
    static constexpr size_t nowhere = SIZE_MAX;

    bool is_wanted() const { return depth_ == row_depth_ && !is_junk_ && current_ != nowhere; }

    static csimdjson_status checked(const tokens::String &string) {
        return string.has_escapes && text::check(string.inside) == text::Unescaped::invalid ? CSIMDJSON_SYNTAX
                                                                                            : CSIMDJSON_OK;
    }
    /// An object or array as a member's value: `depth_` is already that of its inside.
    csimdjson_status take(csimdjson_kind kind) {
        if (depth_ == row_depth_ + 1 && !is_junk_ && current_ != nowhere) values_[current_].kind = kind;
        return CSIMDJSON_OK;
    }
    /// Where the name stands among the wanted. Rows list their members in one order: the next one is tried first.
    size_t find(csimdjson_text name) {
        const auto is = [&](size_t index) {
            return names_[index].length == name.length &&
                   (name.length == 0 || std::memcmp(names_[index].bytes, name.bytes, name.length) == 0);
        };
        const size_t place = position_++;
        if (place < order_.size() && order_[place] != nowhere && is(order_[place])) return order_[place];
        size_t found = nowhere;
        for (size_t index = 0; index < names_.size(); ++index) {
            if (is(index)) {
                found = index;
                break;
            }
        }
        if (place < 64) {
            if (order_.size() <= place) order_.resize(place + 1, nowhere);
            order_[place] = found;
        }
        return found;
    }
    /// A string, number or such where a row should be.
    csimdjson_status junk(csimdjson_status status) {
        if (status != CSIMDJSON_OK) return status;
        if (depth_ == 0) return CSIMDJSON_SYNTAX;
        const csimdjson_row row{false, false, {0, 0}, values_.data()};
        visitor_.row(visitor_.context, &row);
        return CSIMDJSON_OK;
    }
    csimdjson_status finish_row(const uint8_t *end) {
        in_row_ = false;
        const bool is_junk = is_junk_;
        is_junk_ = false;
        if (is_junk) return junk(CSIMDJSON_OK);
        const csimdjson_hash hash = csimdjson_hash_text(row_start_, size_t(end - row_start_));
        if (visitor_.is_known(visitor_.context, hash)) return CSIMDJSON_OK;
        size_t needed = 0;
        for (size_t index = 0; index < values_.size(); ++index) {
            auto &value = values_[index];
            if (value.kind != CSIMDJSON_STRING || !escaped_[index]) continue;
            if ((checked_ >> index & 1) == 0) {
                needed += value.text.length;
                continue;
            }
            escaped_[index] = false;
            switch (text::check(value.text)) {
            case text::Unescaped::invalid: return CSIMDJSON_SYNTAX;
            case text::Unescaped::broken: value.kind = CSIMDJSON_BROKEN_STRING; break;
            case text::Unescaped::whole: break;
            }
        }
        uint8_t *target = scratch_.reserve(needed);
        for (size_t index = 0; index < values_.size(); ++index) {
            auto &value = values_[index];
            if (value.kind != CSIMDJSON_STRING || !escaped_[index]) continue;
            size_t length = 0;
            switch (text::unescape(value.text, target, length)) {
            case text::Unescaped::invalid: return CSIMDJSON_SYNTAX;
            case text::Unescaped::broken: value.kind = CSIMDJSON_BROKEN_STRING; break;
            case text::Unescaped::whole: break;
            }
            const size_t room = value.text.length;
            value.text = {target, length};
            target += room;
        }
        if (others_.size() > 1) {
            std::sort(others_.begin(), others_.end());
            repeated_ |= std::adjacent_find(others_.begin(), others_.end()) != others_.end();
        }
        const csimdjson_row row{true, repeated_, hash, values_.data()};
        visitor_.row(visitor_.context, &row);
        return CSIMDJSON_OK;
    }

    std::vector<csimdjson_text> names_;
    std::vector<csimdjson_value> values_;
    std::vector<uint8_t> escaped_;
    const uint64_t checked_;
    const csimdjson_row_visitor &visitor_;

    size_t depth_ = 0;
    bool in_row_ = false;
    bool is_junk_ = false;
    const uint8_t *row_start_ = nullptr;
    size_t row_depth_ = 0;
    size_t current_ = nowhere;
    size_t position_ = 0;
    bool repeated_ = false;
    std::vector<size_t> order_;
    std::vector<uint64_t> others_;
    Scratch scratch_;
    Scratch key_scratch_;
};

class Events {
public:
    Events(void *context, void (*event)(void *, const csimdjson_value *)) : context_(context), callback_(event) {}

    csimdjson_status open_object(const uint8_t *) { return send(CSIMDJSON_OBJECT); }
    csimdjson_status open_array(const uint8_t *) { return send(CSIMDJSON_ARRAY); }
    csimdjson_status close_object(const uint8_t *) { return send(CSIMDJSON_END); }
    csimdjson_status close_array(const uint8_t *) { return send(CSIMDJSON_END); }
    csimdjson_status key(const tokens::String &string) { return send_text(CSIMDJSON_KEY, string); }
    csimdjson_status string(const tokens::String &string) { return send_text(CSIMDJSON_STRING, string); }
    csimdjson_status scalar(const tokens::Scalar &scalar) {
        csimdjson_value value{scalar.kind, scalar.token, scalar.integer, 0};
        if (scalar.kind == CSIMDJSON_NUMBER) value.real = text::real_value(scalar.token);
        callback_(context_, &value);
        return CSIMDJSON_OK;
    }

private:
    csimdjson_status send(csimdjson_kind kind) {
        const csimdjson_value value{kind, {nullptr, 0}, 0, 0};
        callback_(context_, &value);
        return CSIMDJSON_OK;
    }
    csimdjson_status send_text(csimdjson_kind kind, const tokens::String &string) {
        csimdjson_value value{kind, string.inside, 0, 0};
        if (string.has_escapes) {
            uint8_t *bytes = scratch_.reserve(string.inside.length);
            size_t length = 0;
            if (text::unescape(string.inside, bytes, length) == text::Unescaped::invalid) return CSIMDJSON_SYNTAX;
            value.text = {bytes, length};
        }
        callback_(context_, &value);
        return CSIMDJSON_OK;
    }

    void *context_;
    void (*callback_)(void *, const csimdjson_value *);
    Scratch scratch_;
};

}  // namespace

extern "C" csimdjson_status csimdjson_walk_rows(
    const uint8_t *bytes, size_t length, const csimdjson_text *names, size_t name_count, uint64_t checked,
    const csimdjson_row_visitor *visitor) {
    try {
        const tokens::Index index(bytes, length);
        Rows rows(names, name_count, checked, *visitor);
        return tokens::walk(bytes, length, index, tokens::deepest, rows);
    } catch (...) {  // std::bad_alloc is all that can be thrown
        return CSIMDJSON_NO_MEMORY;
    }
}

extern "C" csimdjson_status csimdjson_walk_events(
    const uint8_t *bytes, size_t length, size_t max_depth, void *context,
    void (*event)(void *context, const csimdjson_value *value)) {
    try {
        const tokens::Index index(bytes, length);
        Events events(context, event);
        return tokens::walk(bytes, length, index, max_depth, events);
    } catch (...) {
        return CSIMDJSON_NO_MEMORY;
    }
}
