// The HTTP server: Boost.Beast behind one interface. Plain HTTP, hence on loopback only, until
// there are accounts.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/http/message.h"
#include "common/clock.h"

namespace faultline::http {

struct HttpOptions {
  std::string listen = "127.0.0.1:7480";  // a loopback address and port; port 0 = any
  // For the next one that which has waited longest for its request is closed; where all are being
  // answered, it is told 503.
  size_t max_connections = 512;
  size_t max_streams = 64;  // of the connections, how many may be live feeds
  size_t max_header_bytes = 8 * 1024;
  size_t max_body_bytes = 64 * 1024;
  size_t max_target_bytes = 2 * 1024;
  // What all answers together may hold until their clients have taken them; beyond it, a large
  // answer is a 503. One alone may be larger.
  size_t max_held_bytes = 64 * 1024 * 1024;
  // Paths that are answered at once, whatever the others cost: who asks concludes from silence.
  std::vector<std::string> vital = {"/healthz", "/readyz"};
  bool IsVital(std::string_view target) const;
  // For a whole request to arrive, for an answer to be taken, for the next request to come.
  Span idle_timeout = Span::Seconds(30);
  Span keep_alive = Span::Seconds(5);        // a live feed says something at least so often
  Span stream_patience = Span::Seconds(15);  // a live feed's client that takes nothing is dropped
  // Told the status of what was refused before it became a request. On the I/O thread.
  std::function<void(int)> refused;
};

// Three threads: one for all sockets, one on which `handler` runs, so that no answer that takes
// long to make holds up the live feed, and one on which it runs for the vital paths. The destructor
// closes every connection and joins both.
class HttpServer {
 public:
  virtual ~HttpServer() = default;

  // Errors name the address and the fix. What `handler` uses must outlive the server.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(HttpOptions options, Handler handler);

  virtual int port() const = 0;
};

}  // namespace faultline::http
