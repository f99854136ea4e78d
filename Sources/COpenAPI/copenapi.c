#include "copenapi.h"

// `#embed` (C23, an extension in earlier modes) keeps the document in one place, outside Sources, and tracks its changes.
#pragma clang diagnostic ignored "-Wc23-extensions"
static const uint8_t document[] = {
#embed "../../openapi/release-gateway.yaml"
};

uint8_t copenapi_byte(size_t index) { return document[index]; }
size_t copenapi_length(void) { return sizeof document; }
