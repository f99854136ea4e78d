#pragma once
#include <stddef.h>
#include <stdint.h>
/// The text of openapi/release-gateway.yaml as it was when this was compiled, byte by byte: it is read once, and so the
/// reader needs no pointer. `index` must be below `copenapi_length()`.
uint8_t copenapi_byte(size_t index);
size_t copenapi_length(void);
