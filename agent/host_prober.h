// Looks whether another host answers at all, when the collector asks: pings it and knocks at its
// ports, half-open where this process may. Nothing blocks.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/host/loop.h"
#include "common/clock.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::agent {

// Lives on the loop's thread.
class HostProber {
 public:
  // Called on the loop's thread, once for each look that began, never within Probe. `loop` and
  // `clock` outlive the prober.
  using Answered = std::function<void(faultline::v1::ProbeResult)>;
  HostProber(host::Loop& loop, const Clock& clock, Answered answered);
  ~HostProber();

  // Begins a look. An error means that it did not, and that no answer follows: the ask is out of
  // bounds (probe_ask.h), or four others are under way. `own`: this host's addresses.
  absl::Status Probe(const faultline::v1::ProbeHost& ask, const std::vector<std::string>& own);

  // Ends what is under way, without an answer.
  void Stop();

 private:
  class Look;

  void Finish(Look* look);

  host::Loop& loop_;
  const Clock& clock_;
  const Answered answered_;
  std::list<std::unique_ptr<Look>> looks_;
};

}  // namespace faultline::agent
