#ifndef CPAGEBOUND_H
#define CPAGEBOUND_H

#include <stddef.h>
#include <stdint.h>

/// What a request is answered with, whatever it asks for.
typedef struct cpagebound_answer {
    const uint8_t *body;
    size_t body_size;
    /// Pairs of name and value, without Date, Content-Length and Connection, which the library sets itself.
    const char *const *fields;
    size_t field_count;
} cpagebound_answer;

/// Serves the answer at 127.0.0.1:port by libmicrohttpd alone, as fast as it can: one response object, made once, one
/// epoll thread. Returns only when it cannot start, or when the process is told to end.
int cpagebound_serve(uint16_t port, const cpagebound_answer *answer);

#endif
