// Counting error lines: what is told of each kind of line, and what state they make. PURE: times
// are arguments.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "agent/checks/observation.h"
#include "common/wire_limits.h"

namespace faultline::checks {

// Joins equal lines until they are taken.
class LogAggregate {
 public:
  static constexpr size_t kMaxFingerprints = 64;
  static constexpr size_t kMaxSample = WireLimits::kMaxSample;

  // `masked`: a line without secrets. False when there is no room for another fingerprint: take
  // what there is first.
  bool Add(uint64_t fingerprint, const std::string& masked, const std::string& pattern,
           WallTime at);
  // One event for all kinds of lines that there is no room for.
  void AddOther(const std::string& masked, WallTime at);
  bool empty() const { return events_.empty(); }
  // In order of their first line.
  std::vector<LogEventSeen> Take();

 private:
  void Put(uint64_t fingerprint, const std::string& sample, const std::string& pattern,
           WallTime at);

  std::map<uint64_t, size_t> index_;
  std::vector<LogEventSeen> events_;
};

// Error lines make WARNING: ERROR_SEEN until there was none for `quiet`, ERROR_BURST from 20 in
// 10 s on, until none of that kind for `quiet` either.
class LogJudge {
 public:
  static constexpr size_t kBurstLines = 20;
  static constexpr Span kBurstSpan = Span::Seconds(10);

  explicit LogJudge(Span quiet) : quiet_(quiet) {}

  // A line that was written at `at`. Lines from before the quiet window count for nothing here.
  void OnError(WallTime at, WallTime now, const std::string& masked);
  void OnGap(const std::string& why, WallTime now);
  // What writes the log began anew: the next error is the first of another failure.
  void OnNewRun() { anew_ = true; }

  // State now, without times. `name`: the log, for people.
  Observation Judge(const std::string& name, WallTime now) const;
  // When Judge will say something else if nothing happens; {0} = never.
  WallTime NextChange(WallTime now) const;

 private:
  size_t CountSince(WallTime since) const;
  void Quote(Fact line, WallTime now);

  const Span quiet_;
  std::deque<WallTime> errors_;  // the newest lines, at most kMaxRemembered
  WallTime clock_seen_;          // at the last line
  WallTime last_burst_;
  WallTime last_gap_;
  WallTime since_;      // of the first line after quiet
  uint64_t lines_ = 0;  // from then on
  // What is quoted: the line that a failure begins with says more than those that follow from it.
  bool anew_ = true;
  Fact first_;
  Fact newest_;
  std::string gap_;
};

}  // namespace faultline::checks
