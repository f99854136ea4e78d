#include "cfanoutbound.h"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <simdjson.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

namespace {

struct Call {
    CURL *easy = nullptr;
    curl_slist *fields = nullptr;
    std::string body;
};

struct State {
    CURLM *multi = curl_multi_init();
    std::vector<Call> calls;
    simdjson::ondemand::parser parser;
    ~State() {
        for (auto &call : calls) {
            curl_slist_free_all(call.fields);
            curl_easy_cleanup(call.easy);
        }
        curl_multi_cleanup(multi);
    }
};

std::string hex(const unsigned char *bytes, size_t count) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (size_t i = 0; i < count; i++) {
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 15];
    }
    return text;
}

std::string sha256(const std::string &text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
    return hex(digest, length);
}

size_t receive(char *bytes, size_t size, size_t count, void *context) {
    static_cast<Call *>(context)->body.append(bytes, size * count);
    return size * count;
}

void prepare(Call &call, const cfanout_options &options, const char *cluster) {
    const std::string host = std::string(options.endpoint).substr(std::string(options.endpoint).find("//") + 2);
    const std::string path = std::string("/cce/cam/v3/clusters/") + cluster + "/releases";
    char date[32];
    time_t now = time(nullptr);
    tm utc;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &utc);
    const std::string names = "content-type;host;x-project-id;x-sdk-date";
    const std::string canonical = "GET\n" + path + "/\n\ncontent-type:application/json\nhost:" + host +
                                  "\nx-project-id:" + options.project_id + "\nx-sdk-date:" + date + "\n\n" + names +
                                  "\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const std::string text = std::string("SDK-HMAC-SHA256\n") + date + "\n" + sha256(canonical);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const std::string key = options.secret_key;
    HMAC(EVP_sha256(), key.data(), int(key.size()), reinterpret_cast<const unsigned char *>(text.data()), text.size(),
         digest, &length);
    curl_slist_free_all(call.fields);
    call.fields = nullptr;
    for (const std::string &field :
         {std::string("Content-Type: application/json"), std::string("X-Project-Id: ") + options.project_id,
          std::string("X-Sdk-Date: ") + date,
          std::string("Authorization: SDK-HMAC-SHA256 Access=") + options.access_key + ", SignedHeaders=" + names +
              ", Signature=" + hex(digest, length)})
        call.fields = curl_slist_append(call.fields, field.c_str());
    call.body.clear();
    if (!call.easy) call.easy = curl_easy_init();
    curl_easy_setopt(call.easy, CURLOPT_URL, (options.endpoint + path).c_str());
    curl_easy_setopt(call.easy, CURLOPT_HTTPHEADER, call.fields);
    curl_easy_setopt(call.easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(call.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call.easy, CURLOPT_PROXY, "");
    curl_easy_setopt(call.easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(call.easy, CURLOPT_WRITEDATA, &call);
    curl_easy_setopt(call.easy, CURLOPT_PRIVATE, &call);
}

/// Rows of one body with every field touched, or -1.
long parse(State &state, std::string &body) {
    using namespace simdjson;
    body.reserve(body.size() + SIMDJSON_PADDING);
    ondemand::document document;
    ondemand::array rows;
    if (state.parser.iterate(body).get(document) || document.get_array().get(rows)) return -1;
    long count = 0;
    for (auto row : rows) {
        ondemand::object object;
        if (row.get_object().get(object)) return -1;
        for (auto field : object) {
            if (field.error()) return -1;
            ondemand::json_type type;
            if (field.value().type().get(type)) return -1;
            std::string_view text;
            if (type == ondemand::json_type::string && field.value().get_string().get(text)) return -1;
        }
        count++;
    }
    return count;
}

double seconds(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

}  // namespace

extern "C" cfanout_result cfanout_run(const cfanout_options *options, void **kept) {
    if (!*kept) *kept = new State;
    State &state = *static_cast<State *>(*kept);
    curl_multi_setopt(state.multi, CURLMOPT_MAXCONNECTS, long(options->in_flight));
    state.calls.resize(options->in_flight);
    cfanout_result result{};
    const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_THREAD_CPUTIME_ID);
    size_t next = 0, done = 0;
    auto start = [&](Call &call) {
        prepare(call, *options, options->cluster_ids[next++]);
        curl_easy_setopt(call.easy, CURLOPT_PRIVATE, &call);
        curl_multi_add_handle(state.multi, call.easy);
    };
    for (auto &call : state.calls)
        if (next < options->cluster_count) start(call);
    while (done < options->cluster_count) {
        int running = 0, left = 0;
        curl_multi_perform(state.multi, &running);
        while (CURLMsg *message = curl_multi_info_read(state.multi, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            Call *call = nullptr;
            long status = 0;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
            curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
            const bool arrived = message->data.result == CURLE_OK && status == 200;
            curl_multi_remove_handle(state.multi, call->easy);
            const long rows = arrived ? parse(state, call->body) : -1;
            result.bytes += call->body.size();
            if (rows < 0) result.failed++;
            else result.rows += size_t(rows);
            done++;
            if (next < options->cluster_count) start(*call);
        }
        if (done < options->cluster_count) curl_multi_poll(state.multi, nullptr, 0, 1000, nullptr);
    }
    result.wall_seconds = seconds(CLOCK_MONOTONIC) - wall;
    result.cpu_seconds = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    return result;
}

extern "C" void cfanout_free(void *state) { delete static_cast<State *>(state); }
