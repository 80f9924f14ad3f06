// The firewall check at work: waits for changes, reads, has it judged, reports.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/checks/firewall_history.h"
#include "agent/checks/firewall_judge.h"
#include "agent/checks/firewall_survey.h"
#include "agent/checks/target_address.h"
#include "agent/host/nftables.h"
#include "agent/host/ruleset_reader.h"

namespace faultline::checks {

struct FirewallOptions {
  std::string target_text;
  FirewallTarget target;  // without `remotes` of a name
  std::vector<AddressRange> clients;
  Span interval;  // between looks without an event
  Span window;    // between two readings of counters
};

class FirewallWatch : public Check {
 public:
  FirewallWatch(FirewallOptions options, const CheckContext& context);

  void Start() override;
  void LookNow(std::function<void()> done) override;

 private:
  void Watch();
  void OnChange(const host::RulesetGeneration& change);
  void Look();
  void OnTexts(absl::StatusOr<host::RulesetTexts> texts);
  void Survey(host::RulesetTexts texts);
  void OnSurvey(const absl::StatusOr<FirewallSurvey>& survey);
  FirewallTarget Target() const;
  FirewallQuestion Question() const;
  void ReportFailure(const absl::Status& why);
  void Finish(Observation observation);
  void ScheduleNext();

  const FirewallOptions options_;
  const CheckContext context_;
  // Work on a worker holds it weakly: it ends with the check.
  const std::shared_ptr<FirewallWatch*> self_;

  std::optional<TargetAddress> address_;  // of an outgoing target
  FirewallTarget asked_;                  // of the reading under way, then of the last one
  std::unique_ptr<host::LoopSource> watch_;
  absl::Status watch_error_;
  FirewallHistory history_;
  WallTime changed_;  // of the last event
  std::string changed_by_;
  std::optional<uint32_t> read_generation_;  // of the last complete reading
  uint32_t reading_generation_ = 0;
  std::optional<Observation> last_;
  bool suspicious_ = false;
  bool has_legacy_ = false;
  MonoTime suspicious_since_;
  Span took_;  // the last reading
  MonoTime read_at_;
  MonoTime first_change_;  // of those that wait for quiet

  bool under_way_ = false;
  bool again_ = false;                          // something happened meanwhile
  std::vector<std::function<void()>> waiting_;  // for the next reading
  std::vector<std::function<void()>> serving_;  // for this one

  std::unique_ptr<host::LoopSource> reading_;
  std::unique_ptr<host::LoopSource> quiet_;
  std::unique_ptr<host::LoopSource> next_;
};

}  // namespace faultline::checks
