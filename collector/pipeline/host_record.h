// What the engine keeps of one host beside its public picture.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "collector/model/clock_offset.h"
#include "collector/model/picture.h"
#include "collector/pipeline/history.h"
#include "collector/pipeline/messages.h"
#include "collector/pipeline/spool_positions.h"
#include "collector/store/store.h"

namespace faultline::pipeline {

struct HostRecord {
  explicit HostRecord(rules::Patience patience) : history(patience) {}

  HostId id;
  // The picture that the engine may still change; null once it has been published.
  std::shared_ptr<model::HostPicture> editable;
  uint64_t stream = 0;  // 0 = not connected
  std::map<uint32_t, CheckId> numbers;
  model::ClockOffset clock;
  WallTime last_heard;  // exact, where the public picture's is coarse
  std::string spool_id;
  SpoolPositions durable;
  std::map<store::Stream, uint64_t> received;       // highest seq taken of this spool
  std::map<store::Stream, uint64_t> history_until;  // positions of the snapshot
  bool snapshot_taken = false;
  // Streams that took the place of one that was still open, since then.
  MonoTime replacing_since;
  int replacements = 0;
  History history;
};

// Writes what was seen into `check`, in times corrected by `clock` and never after `now`. True when
// state or reason changed.
bool ApplyObservation(const SeenObservation& seen, const model::ClockOffset& clock, WallTime now,
                      model::CheckPicture* check);

// The part of it that writes the evidence, where there is any. True when a line is another one.
bool BringEvidenceUpToDate(const SeenObservation& seen, const model::ClockOffset& clock,
                           WallTime now, model::CheckPicture* check);

}  // namespace faultline::pipeline
