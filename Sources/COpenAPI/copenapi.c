#include "copenapi.h"

// `#embed` (C23, an extension in earlier modes) keeps the document in one place, outside Sources, and tracks its changes.
#pragma clang diagnostic ignored "-Wc23-extensions"
static const uint8_t document[] = {
#embed "../../openapi/release-gateway.yaml"
};

const uint8_t *copenapi_bytes(void) { return document; }
size_t copenapi_length(void) { return sizeof document; }
