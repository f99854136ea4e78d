#pragma once
#include <string>
#include <string_view>

namespace freetext {

/// What text that is no JSON shows.
enum class Finding {
    nothing,
    /// User information in a URL, which can be masked by itself: `masked` holds the text without it.
    user_information,
    /// It holds, or may hold, a secret at a place that cannot be told apart safely: withhold all of it.
    secret,
};

Finding look_at(std::string_view text, std::string &masked);

/// `--password`, `-token`: an argument whose value is the next one.
bool is_secret_flag(std::string_view text);

}  // namespace freetext
