#include "collector/http/change_guard.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace faultline::http {
namespace {

// Of this very page, by the name that the client used; "null" and every other are foreign.
bool IsOwnOrigin(const Request& request, const std::string& origin) {
  if (request.hosts.empty()) return false;
  const std::string host = absl::AsciiStrToLower(request.hosts[0]);
  const std::string asked = absl::AsciiStrToLower(origin);
  return asked == absl::StrCat("http://", host) || asked == absl::StrCat("https://", host);
}

bool IsJson(const std::string& content_type) {
  const std::string type = content_type.substr(0, content_type.find(';'));
  return absl::AsciiStrToLower(std::string(absl::StripAsciiWhitespace(type))) == "application/json";
}

}  // namespace

std::optional<Response> RefuseChange(const Request& request, const MayChange& may_change) {
  for (const std::string& origin : request.origins) {
    if (!IsOwnOrigin(request, origin)) {
      return ErrorResponse(403, "permission_denied", "a page of another site may not change this");
    }
  }
  if (!IsJson(request.content_type)) {
    return ErrorResponse(415, "invalid_argument", "the Content-Type must be application/json");
  }
  if (request.body.size() > kMaxChangeBytes) {
    return ErrorResponse(413, "invalid_argument",
                         absl::StrCat("the body is larger than ", kMaxChangeBytes, " bytes"));
  }
  if (!may_change || !may_change(request.authorization)) {
    Response refused = ErrorResponse(
        401, "unauthenticated",
        request.authorization.empty()
            ? "changes need the operator key: Authorization: Bearer KEY, with the key in the "
              "collector's operator.key"
            : "the operator key is wrong: it is in the collector's operator.key");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"faultline\"");
    return refused;
  }
  return std::nullopt;
}

}  // namespace faultline::http
