// Private to the reporter: one check with what it said last.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "agent/reporter.h"

namespace faultline::agent {

// Belongs to the loop's thread, but for what is marked: that is under the reporter's mutex.
class Reporter::Entry : public checks::CheckSink {
 public:
  Entry(Reporter& reporter, const config::CheckConfig& config, uint32_t number);

  // What the agent says of itself: there is no check that looks.
  bool is_own() const { return kind_ == nullptr; }
  checks::Check* check() { return check_.get(); }
  const config::CheckConfig& config() const { return config_; }
  uint32_t number() const { return number_; }
  void Stop() { check_.reset(); }
  // Ends the check and makes it anew, not yet started. `config` has the same identity; what was
  // said last stands until the new one has looked, so that a changed interval is no news.
  void Replace(const config::CheckConfig& config);

  // Under the reporter's mutex.
  const faultline::v1::CheckDeclaration& declaration() const { return declaration_; }
  bool seen() const { return seen_; }
  const checks::Observation& last() const { return last_; }
  uint64_t last_seq() const { return last_seq_; }
  bool TakeGaugesChanged() { return std::exchange(gauges_changed_, false); }

  void Report(checks::Observation observation) override;
  void ReportLogEvent(checks::LogEventSeen event) override;
  void Resolved(const std::string& address, int port) override;
  void ResolvedUnit(const std::string& unit) override;

 private:
  void Declare();
  void Make();
  template <typename Change>
  void Redeclare(Change change);

  Reporter& reporter_;
  config::CheckConfig config_;
  const checks::CheckKind* const kind_;
  const uint32_t number_;
  faultline::v1::CheckDeclaration declaration_;  // under the reporter's mutex, as all that follows
  bool seen_ = false;
  bool gauges_changed_ = false;
  checks::Observation last_;
  uint64_t last_seq_ = 0;
  std::unique_ptr<checks::Check> check_;
};

// One request to look now, under way.
struct Reporter::LookInProgress {
  faultline::v1::LookResult result;
  std::vector<uint32_t> waiting;
  std::unique_ptr<host::LoopSource> deadline;
  bool finished = false;
};

}  // namespace faultline::agent
