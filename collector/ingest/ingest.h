// The agents' gRPC service: a thin adapter from the wire to the pipeline.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "collector/pipeline/agent_gate.h"
#include "collector/security/authority.h"
#include "collector/security/standing.h"
#include "common/clock.h"
#include "common/identity.h"

namespace faultline::ingest {

struct IngestOptions {
  std::string listen;  // "0.0.0.0:7443"; port 0 = any
  std::string ca;      // files, PEM; or `own` instead
  std::string certificate;
  std::string key;
  std::optional<security::ServerCertificate> own = std::nullopt;
  // Where the collector is the authority: who may still speak. Must outlive the server. nullptr:
  // whoever has a certificate of `ca` may.
  security::Standing* standing = nullptr;
  size_t max_message_bytes = 1 << 20;
  size_t max_queued_writes = 256;  // a stream: more, and it is ended as too slow
};

struct IngestCounters {
  uint64_t streams = 0;   // open now
  uint64_t accepted = 0;  // since start
  uint64_t refused_identity = 0;
  uint64_t refused_standing = 0;  // revoked, or not in the registry
  uint64_t invalid_messages = 0;
  uint64_t slow_streams = 0;
};

// Owns the gRPC server and two completion-queue threads. The destructor ends all streams and joins.
class IngestServer {
 public:
  virtual ~IngestServer() = default;
  // Errors name the file or address and the fix. `gate` and `clock` must outlive the server.
  static absl::StatusOr<std::unique_ptr<IngestServer>> Start(const IngestOptions& options,
                                                             pipeline::AgentGate& gate,
                                                             const Clock& clock);
  virtual int port() const = 0;
  // Ends the host's streams whose certificates do not stand any more, at once: nothing that they
  // say from now on is taken. Any thread. Their agents get UNAUTHENTICATED with `why`. By host,
  // since a stream outlives the certificate that it began with.
  virtual void EndStreams(const HostId& host, const std::string& why) = 0;
  virtual IngestCounters counters() const = 0;
};

}  // namespace faultline::ingest
