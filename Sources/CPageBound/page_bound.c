#include "cpagebound.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <unistd.h>

static enum MHD_Result answer_all(void *response, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload, size_t *upload_size,
                                  void **state) {
    (void)url, (void)method, (void)version, (void)upload, (void)upload_size;
    // The first call is for the head alone: libmicrohttpd closes a connection that is answered there.
    static int seen;
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

int cpagebound_serve(uint16_t port, const cpagebound_answer *answer) {
    struct MHD_Response *response = MHD_create_response_from_buffer(answer->body_size, (void *)answer->body,
                                                                    MHD_RESPMEM_PERSISTENT);
    if (!response) return 1;
    for (size_t i = 0; i < answer->field_count; i++)
        if (MHD_add_response_header(response, answer->fields[2 * i], answer->fields[2 * i + 1]) != MHD_YES) return 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, answer_all, response, MHD_OPTION_SOCK_ADDR,
                         &address, MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_END);
    if (!daemon) return 1;
    pause();
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
