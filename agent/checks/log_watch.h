// The log check at work: joins source, patterns and counting. What lines mean is in log_patterns.h,
// log_mask.h, log_fingerprint.h and log_window.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/checks/log_patterns.h"
#include "agent/checks/log_traceback.h"
#include "agent/checks/log_window.h"
#include "agent/host/log_source.h"
#include "agent/host/systemd_bus.h"

namespace faultline::checks {

struct LogOptions {
  std::string target;         // a unit, or an absolute path
  std::string position_file;  // empty: begin at the end each time
  std::string journal;        // directory for tests; empty = this host's journal
  Span quiet;
};

class LogWatch : public Check, public host::LogListener {
 public:
  // Reads as `patterns` say.
  LogWatch(LogOptions options, std::unique_ptr<LogPatterns> patterns, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

  void OnLine(const host::LogLine& line) override;
  void OnCaughtUp() override;
  void OnGap(const std::string& why, WallTime from, WallTime to) override;
  void OnSaving() override;
  void OnUnavailable(const absl::Status& why) override;

 private:
  // Learns the canonical name of the unit: the journal knows no aliases.
  class UnitName : public host::UnitListener {
   public:
    explicit UnitName(LogWatch& watch) : watch_(watch) {}
    void OnProperties(const host::UnitProperties& properties) override {
      watch_.OnUnit(properties);
    }
    void OnJob(uint32_t /*id*/, const std::string& /*type*/) override {}
    void OnJobRemoved(uint32_t /*id*/, const std::string& /*result*/) override {}
    // Then the target is taken for the canonical name.
    void OnUnavailable(const absl::Status& /*why*/) override { watch_.OnUnitAnswered(); }

   private:
    LogWatch& watch_;
  };

  // An error line that the next one may still belong to.
  struct Held {
    std::string text;
    std::string pattern;
    WallTime at;
  };
  // What was made of a line before: in a flood, masking each would cost the most.
  struct Masked {
    uint64_t fingerprint = 0;
    std::string text;
  };

  void OnUnit(const host::UnitProperties& properties);
  void OnUnitAnswered();
  void OnTracebackLine(const host::LogLine& line, bool is_end);
  void TellHeld();
  void Count(const Held& held);
  const Masked& Mask(const std::string& text);
  void SendEvents();
  void Tell();
  void Report(Observation observation);

  const LogOptions options_;
  const CheckContext context_;
  const std::unique_ptr<LogPatterns> patterns_;
  const bool joins_tracebacks_;
  TracebackJoiner joiner_;
  std::optional<Held> held_;
  std::map<uint64_t, Masked> masked_;  // by the unmasked line's fingerprint; since the last events
  LogAggregate aggregate_;
  bool sent_early_ = false;  // before the second was over
  LogJudge judge_;
  absl::Status unavailable_;
  bool unit_not_found_ = false;
  // What OK rests on: systemd has said which unit this is, and all lines there are were read, of
  // each of its names.
  bool unit_answered_ = false;
  bool caught_up_ = false;
  bool news_ = true;      // something to tell once the batch is read
  WallTime newest_line_;  // error or not; {0} = none since the start
  std::string canonical_unit_;
  std::string active_state_;                    // the unit's
  std::vector<std::function<void()>> waiting_;  // for the next report
  std::unique_ptr<host::LoopSource> tell_timer_;
  std::unique_ptr<host::LoopSource> quiet_timer_;
  std::unique_ptr<host::LoopSource> line_timer_;
  std::unique_ptr<host::LoopSource> join_timer_;
  UnitName unit_name_{*this};
  std::unique_ptr<host::UnitWatch> unit_watch_;
  host::JournalSource* journal_ = nullptr;  // source_, where it is one
  std::unique_ptr<host::LogSource> source_;
};

}  // namespace faultline::checks
