#include "cquerybound.h"

#include <simdjson.h>

#include <algorithm>
#include <queue>
#include <vector>

extern "C" size_t cquerybound_filter(
    const cquerybound_columns *columns, uint16_t name_space, uint8_t status, uint32_t *rows, size_t limit) {
    size_t found = 0;
    for (size_t row = 0; row < columns->count; ++row) {
        if (columns->namespaces[row] == name_space && columns->statuses[row] == status) {
            if (found < limit) rows[found] = uint32_t(row);
            ++found;
        }
    }
    return found;
}

extern "C" size_t cquerybound_filter_newest(
    const cquerybound_columns *columns, uint16_t name_space, uint8_t status, uint32_t *rows, size_t limit) {
    const auto precedes = [&](uint32_t left, uint32_t right) {
        const int64_t one = columns->updated[left], other = columns->updated[right];
        return one != other ? one > other : left < right;
    };
    std::vector<uint32_t> best;
    best.reserve(limit);
    size_t found = 0;
    for (size_t row = 0; row < columns->count; ++row) {
        if (columns->namespaces[row] != name_space || columns->statuses[row] != status) continue;
        ++found;
        if (best.size() < limit) {
            best.push_back(uint32_t(row));
            std::push_heap(best.begin(), best.end(), precedes);
        } else if (limit > 0 && precedes(uint32_t(row), best.front())) {
            std::pop_heap(best.begin(), best.end(), precedes);
            best.back() = uint32_t(row);
            std::push_heap(best.begin(), best.end(), precedes);
        }
    }
    std::sort_heap(best.begin(), best.end(), precedes);
    std::copy(best.begin(), best.end(), rows);
    return found;
}

extern "C" uint64_t cquerybound_touch(const uint8_t *bytes, size_t length, size_t capacity) {
    using namespace simdjson;
    thread_local ondemand::parser parser;
    uint64_t sum = 1;
    try {
        ondemand::document document = parser.iterate(bytes, length, capacity);
        for (ondemand::object row : document.get_array()) {
            for (auto field : row) {
                sum += field.unescaped_key().value().size();
                ondemand::value value = field.value();
                switch (value.type().value()) {
                case ondemand::json_type::string: sum += value.get_string().value().size(); break;
                case ondemand::json_type::number: sum += uint64_t(value.get_int64().value()); break;
                case ondemand::json_type::boolean: sum += value.get_bool().value() ? 1 : 0; break;
                case ondemand::json_type::null: sum += value.is_null() ? 1 : 0; break;
                default: return 0;
                }
            }
        }
    } catch (...) {
        return 0;
    }
    return sum;
}
