#include "collector/http/message.h"

#include "common/text.h"

namespace faultline::http {
namespace {

constexpr size_t kMaxMessageBytes = 1024;

// `text` inside a JSON string. CleanText leaves no control characters.
std::string JsonEscape(std::string_view text) {
  std::string out;
  for (const char c : CleanText(text, kMaxMessageBytes)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

struct Meaning {
  int status;
  std::string_view code;
};

Meaning MeaningOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return {400, "invalid_argument"};
    case absl::StatusCode::kNotFound:
      return {404, "not_found"};
    case absl::StatusCode::kFailedPrecondition:
      return {409, "failed_precondition"};
    case absl::StatusCode::kUnauthenticated:
      return {401, "unauthenticated"};
    case absl::StatusCode::kPermissionDenied:
      return {403, "permission_denied"};
    case absl::StatusCode::kResourceExhausted:
      return {429, "resource_exhausted"};
    case absl::StatusCode::kUnavailable:
      return {503, "unavailable"};
    case absl::StatusCode::kDeadlineExceeded:
      return {504, "deadline_exceeded"};
    default:
      return {500, "internal"};
  }
}

}  // namespace

void AddSecurityHeaders(Response* response) {
  auto& headers = response->headers;
  headers.emplace_back("Content-Security-Policy",
                       "default-src 'self'; img-src 'self' data:; object-src 'none'; "
                       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                       "require-trusted-types-for 'script'; trusted-types 'none'");
  headers.emplace_back("X-Content-Type-Options", "nosniff");
  headers.emplace_back("X-Frame-Options", "DENY");
  headers.emplace_back("Referrer-Policy", "no-referrer");
  headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  headers.emplace_back("Cache-Control", "no-store");
}

Response TextResponse(int status, std::string content_type, std::string body) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", std::move(content_type));
  response.body.push_back(std::move(body));
  return response;
}

Response ErrorResponse(int status, std::string_view code, std::string_view message) {
  std::string body = "{\"error\":{\"code\":\"";
  body.append(JsonEscape(code)).append("\",\"message\":\"");
  body.append(JsonEscape(message)).append("\"}}\n");
  return TextResponse(status, "application/json", std::move(body));
}

Response ErrorResponse(const absl::Status& status) {
  const Meaning meaning = MeaningOf(status.code());
  const std::string message(status.message());
  return ErrorResponse(meaning.status, meaning.code, message);
}

std::string_view StatusPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Unknown";
  }
}

}  // namespace faultline::http
