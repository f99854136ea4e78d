#include "tokens.hpp"

#include <simdjson.h>

#include <string>
#include <vector>

namespace tokens {

struct Index::Parser {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
    size_t capacity = 0;
};

namespace {
constexpr size_t kept_parsers = 4;
constexpr size_t kept_capacity = size_t(1) << 20;
constexpr size_t smallest_capacity = 4096;

thread_local std::vector<std::unique_ptr<Index::Parser>> pool;

csimdjson_status status_of(simdjson::error_code code) {
    switch (code) {
    case simdjson::SUCCESS: return CSIMDJSON_OK;
    case simdjson::UTF8_ERROR: return CSIMDJSON_NOT_UTF8;
    case simdjson::MEMALLOC: return CSIMDJSON_NO_MEMORY;
    case simdjson::CAPACITY: return CSIMDJSON_TOO_LARGE;
    default: return CSIMDJSON_SYNTAX;
    }
}

bool has_room(Index::Parser &parser, size_t length) {
    if (parser.stages && parser.capacity >= length) return true;
    size_t capacity = smallest_capacity;
    while (capacity < length && capacity < kept_capacity) capacity *= 2;
    if (capacity < length) capacity = length;
    parser.stages.reset();
    // Only the first stage is used: the depth that simdjson itself would allow does not matter.
    const auto code =
        simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser.stages);
    if (code || !parser.stages) {
        parser.stages.reset();
        return false;
    }
    parser.capacity = capacity;
    return true;
}
}  // namespace

Index::Index(const uint8_t *bytes, size_t length) {
    if (length == 0) {
        status_ = CSIMDJSON_SYNTAX;
        return;
    }
    if (length >= simdjson::SIMDJSON_MAXSIZE_BYTES) {
        status_ = CSIMDJSON_TOO_LARGE;
        return;
    }
    if (!pool.empty()) {
        parser_ = std::move(pool.back());
        pool.pop_back();
    } else {
        parser_ = std::make_unique<Parser>();
    }
    if (!has_room(*parser_, length)) {
        status_ = CSIMDJSON_NO_MEMORY;
        return;
    }
    status_ = status_of(parser_->stages->stage1(bytes, length, simdjson::stage1_mode::regular));
    begin_ = parser_->stages->structural_indexes.get();
    count_ = parser_->stages->n_structural_indexes;
}

Index::~Index() {
    if (!parser_ || parser_->capacity > kept_capacity || pool.size() >= kept_parsers) return;
    try {
        pool.push_back(std::move(parser_));
    } catch (...) {  // no memory for the pool: the parser is freed instead
    }
}

}  // namespace tokens

extern "C" const char *csimdjson_kernel(void) {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}
