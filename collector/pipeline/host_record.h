// What the engine keeps of one host beside its public picture.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "collector/model/clock_offset.h"
#include "collector/model/picture.h"
#include "collector/pipeline/history.h"
#include "collector/pipeline/messages.h"
#include "collector/pipeline/spool_positions.h"
#include "collector/store/store.h"

namespace faultline::pipeline {

// How long nothing was heard of a host that is not connected, over restarts of the collector.
struct Silence {
  std::optional<MonoTime> since;  // within this run; nullopt = connected
  // Of a host that has not been heard in this run: when it was, as it was written down, and how
  // long ago that seemed at the start. {0} = it has been.
  WallTime heard_before;
  Span at_start;

  // The shorter one of what two clocks say: one that was ahead at the start, or has been set since,
  // makes nobody silent for longer than he was.
  Span For(incidents::Moment moment) const {
    if (!since.has_value()) return {};
    const Span here = moment.mono - *since;
    if (heard_before.ns == 0) return here;
    return std::min(moment.now - heard_before, Span{at_start.ns + here.ns});
  }
};

// A host that should be heard and is not.
struct OngoingSilence {
  WallTime since;       // its last word, or the end of its stream
  WallTime not_before;  // rules::Silence
  std::string reason;   // AGENT_SILENT, HOST_GONE or COLLECTOR_CUT_OFF, as it was concluded
  // Of one that was gone or cut off: since when it answers again, its agent still unheard.
  std::optional<WallTime> answers_since;
  WallTime next_judgement;  // by what checks see; what was asked for is judged as it comes
};

struct HostRecord {
  explicit HostRecord(rules::Patience patience) : history(patience) {}

  HostId id;
  // The picture that the engine may still change; null once it has been published.
  std::shared_ptr<model::HostPicture> editable;
  uint64_t stream = 0;  // 0 = not connected
  std::map<uint32_t, CheckId> numbers;
  model::ClockOffset clock;
  WallTime last_heard;  // exact, where the public picture's is coarse
  Silence silence;
  MonoTime heard_written;  // when last_heard was last written for its own sake
  std::optional<OngoingSilence> unheard;
  bool can_probe = false;  // this connection's agent
  bool is_own = false;     // on the collector's own machine
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

// `time` of the host by our clock: never after `now`, and `now` where it is more than a year ago,
// which no clock that was right has said (1970, a firmware's date). {0} stays: unknown.
WallTime Believed(WallTime time, const model::ClockOffset& clock, WallTime now);

// A record that comes live was seen after the heartbeat before it, which came at `heard`. One that
// is older than that by more than any link holds up bears the times of a clock that was set back
// since: they are moved together, so that it was seen now. Any other is as it was.
SeenObservation InLiveTime(SeenObservation seen, const model::ClockOffset& clock, WallTime heard,
                           WallTime now);

// Writes what was seen into `check`, in times corrected by `clock` and as far as they are believed.
// True when state or reason changed.
bool ApplyObservation(const SeenObservation& seen, const model::ClockOffset& clock, WallTime now,
                      model::CheckPicture* check);

// The part of it that writes the evidence, where there is any. True when a line is another one.
bool BringEvidenceUpToDate(const SeenObservation& seen, const model::ClockOffset& clock,
                           WallTime now, model::CheckPicture* check);

}  // namespace faultline::pipeline
