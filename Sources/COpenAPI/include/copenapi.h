#pragma once
#include <stddef.h>
#include <stdint.h>
/// The text of openapi/release-gateway.yaml as it was when this was compiled. Lives as long as the process.
const uint8_t *copenapi_bytes(void);
size_t copenapi_length(void);
