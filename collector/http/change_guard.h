// Who may change something by the operator API. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "collector/http/message.h"

namespace faultline::http {

inline constexpr size_t kMaxChangeBytes = 16 * 1024;

// True for an Authorization header that may change things.
using MayChange = std::function<bool(std::string_view authorization)>;

// The refusal of a request that must not change anything: the Origin of another site, a content
// type that a web page can send without asking (both against pages that make an operator's browser
// ask), a body that is too large, a wrong or missing key. Nothing when it may. An empty
// `may_change` refuses all.
std::optional<Response> RefuseChange(const Request& request, const MayChange& may_change);

}  // namespace faultline::http
