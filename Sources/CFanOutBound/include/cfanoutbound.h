#pragma once
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
/// What a plain program needs for the same calls: the bound that the gateway's fan-out is measured against.
struct cfanout_options {
    const char *endpoint;             ///< `http://127.0.0.1:18080`
    const char *const *cluster_ids;   ///< one call each
    size_t cluster_count;
    const char *project_id;           ///< sent and signed as X-Project-Id
    const char *access_key, *secret_key;
    size_t in_flight;                 ///< at most so many transfers at once
};
struct cfanout_result {
    double wall_seconds, cpu_seconds;  ///< of the whole loop; CPU of the calling thread
    size_t rows, bytes;                ///< parsed from all bodies
    size_t failed;                     ///< calls without a parsed 200
};
/// One pass over all clusters: sign (HMAC-SHA256), send (libcurl multi, one thread), parse (simdjson, every field).
/// Connections are kept in `*state` (null at first) for the next pass.
struct cfanout_result cfanout_run(const struct cfanout_options *options, void **state);
void cfanout_free(void *state);
#ifdef __cplusplus
}
#endif
