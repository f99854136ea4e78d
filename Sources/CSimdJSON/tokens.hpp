#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "csimdjson.h"

namespace tokens {

/// The offset of every token of one document, as simdjson's first stage found them.
///
/// Kept for reuse by thread: most documents are small and many (the values inside the rows of a list), and the memory
/// is taken at four times the document's size. One walk may run inside another's callback, so there are several.
class Index {
public:
    /// Takes one from this thread's pool and fills it.
    Index(const uint8_t *bytes, size_t length);
    ~Index();
    Index(const Index &) = delete;
    Index &operator=(const Index &) = delete;

    csimdjson_status status() const { return status_; }
    const uint32_t *begin() const { return begin_; }
    size_t count() const { return count_; }

    struct Parser;

private:
    std::unique_ptr<Parser> parser_;
    csimdjson_status status_ = CSIMDJSON_OK;
    const uint32_t *begin_ = nullptr;
    size_t count_ = 0;
};

}  // namespace tokens
