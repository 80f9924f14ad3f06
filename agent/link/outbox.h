// What other threads want sent on the present stream, until the link's thread takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

#include "common/mutex.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::link {

// Thread-safe. Nothing in here is durable: a new stream begins with a snapshot and an empty outbox.
// Everything is bounded; of what is too much the older goes.
class Outbox {
 public:
  // Empties it; from now on it takes things. Before, and after Close, it drops them.
  void Open();
  void Close();

  void AddDeclarations(faultline::v1::CheckDeclarations declarations);
  void AddGauges(faultline::v1::Gauges gauges);
  // Goes out once the transitions up to `after_transition` have gone.
  void AddLookResult(faultline::v1::LookResult result, uint64_t after_transition);
  void AddProbeResult(faultline::v1::ProbeResult result);

  // False when there is nothing. Gauges come in messages of at most about `max_bytes`.
  bool TakeDeclarations(faultline::v1::CheckDeclarations* declarations);
  bool TakeGauges(size_t max_bytes, faultline::v1::Gauges* gauges);
  bool TakeLookResult(uint64_t sent_transitions, faultline::v1::LookResult* result);
  bool TakeProbeResult(faultline::v1::ProbeResult* result);

 private:
  Mutex mutex_;
  bool open_ FAULTLINE_GUARDED_BY(mutex_) = false;
  std::deque<faultline::v1::CheckDeclarations> declarations_ FAULTLINE_GUARDED_BY(mutex_);
  std::map<uint32_t, faultline::v1::Observation> gauges_ FAULTLINE_GUARDED_BY(mutex_);
  std::deque<std::pair<uint64_t, faultline::v1::LookResult>> look_results_
      FAULTLINE_GUARDED_BY(mutex_);
  std::deque<faultline::v1::ProbeResult> probe_results_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::link
