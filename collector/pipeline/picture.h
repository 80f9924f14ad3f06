// What readers see: one immutable moment of the whole collector.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::pipeline {

using AlertList = std::vector<std::shared_ptr<const rules::Alert>>;

struct Picture {
  uint64_t version = 0;
  WallTime taken;
  model::Hosts hosts;
  // Pending, firing, and those resolved or withdrawn within the last 15 minutes.
  std::shared_ptr<const AlertList> alerts = std::make_shared<const AlertList>();
  std::vector<std::shared_ptr<const incidents::Incident>> open_incidents;
};

// What changed between two pictures, in order. Every field may be empty.
struct Changes {
  std::vector<HostId> hosts;                       // link, addresses, ...
  std::vector<std::pair<HostId, CheckId>> checks;  // state, reason, detail, gauges
  std::vector<std::pair<HostId, CheckId>> removed_checks;
  std::vector<std::shared_ptr<const rules::Alert>> alerts;
  std::vector<std::shared_ptr<const incidents::Incident>> incidents;
};

// Numbers about the pipeline itself since start, for /metrics. Monotonic.
struct PipelineCounters {
  uint64_t observations = 0;
  uint64_t transitions = 0;
  uint64_t late_transitions = 0;
  uint64_t repeated_records = 0;  // seq already known
  uint64_t gaps = 0;
  uint64_t log_events = 0;
  uint64_t looks_asked = 0;
  uint64_t notifications = 0;
  uint64_t streams_accepted = 0;
  uint64_t queue_length = 0;  // now
};

// Told after each publication, on the pipeline's thread: must not block.
class PictureObserver {
 public:
  virtual ~PictureObserver() = default;
  virtual void OnPicture(const std::shared_ptr<const Picture>& picture, const Changes& changes) = 0;
};

// Where readers take the newest picture. Thread-safe, never blocks for long.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  virtual std::shared_ptr<const Picture> picture() const = 0;  // never null
  virtual PipelineCounters counters() const = 0;
};

}  // namespace faultline::pipeline
