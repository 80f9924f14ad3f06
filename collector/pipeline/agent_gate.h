// The seam between the agents' service and the pipeline.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/pipeline/messages.h"
#include "common/identity.h"

namespace faultline::pipeline {

// One connected agent as the pipeline sees it. Thread-safe; never blocks: what cannot be written
// soon is bounded by the session, which ends itself when its agent reads too slowly. Calls after
// the stream's end do nothing.
class AgentSession {
 public:
  virtual ~AgentSession() = default;
  virtual void SendWelcome(const std::map<store::Stream, uint64_t>& acknowledged,
                           Span heartbeat_interval) = 0;
  virtual void SendAck(const std::map<store::Stream, uint64_t>& acknowledged) = 0;
  // `for_person`: a person asks and waits.
  virtual void SendLookNow(uint64_t request, const std::vector<uint32_t>& checks, Span deadline,
                           bool for_person) = 0;
  // Only to agents whose hello said that they can. At most 4 numeric addresses and 8 ports.
  virtual void SendProbeHost(uint64_t request, const std::vector<std::string>& addresses,
                             const std::vector<int>& ports, Span deadline) = 0;
  // Ends the stream, e.g. since a newer one of the same host replaced it. `why` is for people.
  virtual void Close(const std::string& why) = 0;
};

// Implemented by the pipeline, called by ingest. Thread-safe.
class AgentGate {
 public:
  virtual ~AgentGate() = default;
  // A stream of `host` has begun with its hello. Its inputs follow under the returned number.
  virtual uint64_t Opened(const HostIdentity& host, HelloMessage hello,
                          std::shared_ptr<AgentSession> session) = 0;
  // Takes one message. `taken` runs (on any thread) when the pipeline has room again: the stream
  // reads its next message only then; that is the flow control.
  virtual void Input(uint64_t stream, AgentInput input, std::function<void()> taken) = 0;
  virtual void Closed(uint64_t stream) = 0;
};

}  // namespace faultline::pipeline
