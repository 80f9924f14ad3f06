// One HTTP/1.1 request without a body on a connection of its own, on the loop: nothing blocks, one
// deadline for all, header and body bounded, no redirect followed. A certificate that cannot be
// verified is reported and ends nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/host/client_stream.h"
#include "agent/host/loop.h"
#include "agent/host/tls_session.h"

namespace faultline::host {

inline constexpr size_t kMaxHttpHeader = 16 * 1024;
inline constexpr size_t kMaxHttpBody = 64 * 1024;

struct HttpRequest {
  StreamTarget target;  // where to connect, and the deadline of everything
  std::string host;     // the Host header: "app.example", "app.example:8443"
  std::string path;     // "/db-check?full=1"; starts with "/", printable ASCII
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;  // more of them: printable ASCII
  std::optional<TlsSettings> tls;                            // absent: plain
};

struct HttpAnswer {
  int status = 0;  // 100 to 999; never an interim answer (RFC 9110, 15.2) but 101
  // From outside, raw, bounded by kMaxHttpHeader together:
  std::string phrase;    // "Bad Gateway"
  std::string location;  // the header's value, "" without
  std::string server;
  std::string body;       // decoded from chunks, at most kMaxHttpBody
  bool body_cut = false;  // the body was longer
};

// At most one of `cannot`, `failure` and `not_http` says why there is no complete answer.
struct HttpResult {
  std::string cannot;                // not begun: why, and what to mend (a file of `ca`)
  std::optional<StreamEnd> failure;  // the connection ended before the answer did
  std::string not_http;              // what came is no HTTP, or too large: why
  // The header was complete; beside `failure` the body is what came of it.
  std::optional<HttpAnswer> answer;
  std::optional<TlsFacts> tls;  // of a complete handshake
  StreamTimes times;
  Span first_byte;  // from the request sent to the answer's first byte; 0 = none came
  Span total;       // from the first packet to the end
};

// One under way; destroying it closes the connection.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
};

// `callback` runs once, on the loop's thread, never before this returns; it may destroy the
// exchange. Says "faultline-agent/VERSION" as its User-Agent.
std::unique_ptr<HttpExchange> HttpFetch(Loop& loop, const HttpRequest& request,
                                        std::function<void(HttpResult)> callback);

}  // namespace faultline::host
