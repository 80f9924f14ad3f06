// Connects, completes a TLS handshake, sends no data and closes: what a server serves right now.
// The server sees a connection without a request, which nginx logs nowhere at its usual level.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/host/client_stream.h"
#include "agent/host/loop.h"
#include "agent/host/tls_session.h"

namespace faultline::host {

struct HandshakeResult {
  std::string cannot;                // not begun: why, and what to mend (a file of `ca`)
  std::optional<StreamEnd> failure;  // no handshake
  TlsFacts facts;                    // of a complete one, verified or not
  StreamTimes times;
};

// One under way; destroying it closes the connection.
class TlsHandshake {
 public:
  virtual ~TlsHandshake() = default;
};

// `callback` runs once, on the loop's thread, never before this returns; it may destroy the
// handshake.
std::unique_ptr<TlsHandshake> BeginTlsHandshake(Loop& loop, const StreamTarget& target,
                                                const TlsSettings& settings,
                                                std::function<void(HandshakeResult)> callback);

}  // namespace faultline::host
