// Hides secrets in log lines before they leave the host: PURE.
#pragma once

#include <string>
#include <string_view>

namespace faultline::checks {

// Replaces the values of passwords, tokens, keys, Authorization headers, userinfo of URLs, JSON web
// tokens and AWS access keys by "***". Best effort: a secret that nothing announces stays.
std::string MaskSecrets(std::string_view line);

}  // namespace faultline::checks
