// A request and its answer as the routes see them: values, free of sockets and of Beast.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace faultline::http {

// From outside: bounded by the server's limits, else as it came.
struct Request {
  std::string method;
  std::string target;  // "/api/v1/checks?host=db-1", still encoded
  bool http_1_0 = false;
  std::vector<std::string> hosts;  // every Host header
  std::string accept_encoding;
  std::string last_event_id;
  std::vector<std::string> origins;  // every Origin header
  std::string content_type;
  std::string authorization;  // may hold a secret: never logged
  std::string body;
};

// A body that goes on: the live feed. Lives on the server's I/O thread.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // `wake` may be called on any thread, and posts only; never after the destructor.
  virtual void set_wake(std::function<void()> wake) = 0;
  // What there is to send now, about `max_bytes` at most; empty = wait to be woken.
  virtual std::string Take(size_t max_bytes) = 0;
  // Sent when nothing else was for a while, so that both sides see that the other lives.
  virtual std::string KeepAlive() = 0;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // without Content-Length, Connection
  std::vector<std::string> body;                             // pieces
  bool compressed = false;                                   // `body` is, and the headers say so
  std::unique_ptr<BodyStream> stream;                        // instead of `body`
  std::string_view route = "other";                          // for counting; one of a closed set
};

// Runs on the server's worker thread, and on another one for the vital paths (server.h).
using Handler = std::function<Response(const Request&)>;

// Every answer carries these: no framing, no guessing of types, nothing from elsewhere, no caching.
void AddSecurityHeaders(Response* response);

Response TextResponse(int status, std::string content_type, std::string body);

// {"error": {"code": ..., "message": ...}}; `code` is a word such as "not_found".
Response ErrorResponse(int status, std::string_view code, std::string_view message);

// The same from a handler's error: InvalidArgument 400, NotFound 404, Unavailable 503, ...
Response ErrorResponse(const absl::Status& status);

// "Not Found" for 404.
std::string_view StatusPhrase(int status);

}  // namespace faultline::http
