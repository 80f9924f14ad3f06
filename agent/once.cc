#include "agent/once.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/checks/registry.h"
#include "agent/host/loop.h"
#include "agent/host/systemd_bus.h"
#include "agent/host/worker_pool.h"
#include "agent/rights.h"
#include "agent/wire.h"
#include "common/state.h"
#include "common/text.h"
#include "common/wire_limits.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;

constexpr size_t kOnceWorkers = 4;
constexpr size_t kMaxOnceQueuedWork = 1024;

// Takes what one check says; the newest counts.
class Seat : public checks::CheckSink {
 public:
  Seat(const config::CheckConfig& check, std::function<void()> first)
      : check_(check), first_(std::move(first)) {}

  void Report(checks::Observation observation) override {
    const bool is_first = !seen_;
    seen_ = true;
    last_ = std::move(observation);
    if (is_first) first_();
  }
  void ReportLogEvent(checks::LogEventSeen /*event*/) override {}
  void Resolved(const std::string& /*address*/, int /*port*/) override {}
  void ResolvedUnit(const std::string& /*unit*/) override {}

  v1::CheckReport ToReport(const Clock& clock, Span wait) const {
    v1::CheckReport report;
    report.set_kind(check_.id.kind);
    report.set_target(CleanText(check_.id.target, WireLimits::kMaxLine));
    report.set_name(check_.id.name);
    report.set_subject(CleanText(check_.subject, WireLimits::kMaxLine));
    if (!seen_) {
      report.set_state(std::string(StateName(State::kUnknown)));
      report.set_reason("NOT_REPORTED");
      report.set_detail(
          absl::StrCat("said nothing within ", FormatSpan(wait), "; give it more with --wait"));
      return report;
    }
    report.set_state(std::string(StateName(last_.state)));
    if (last_.state != State::kOk) report.set_reason(CleanText(last_.reason, 64));
    report.set_detail(CleanText(last_.detail, WireLimits::kMaxLine));
    for (size_t i = 0; i < std::min(last_.evidence.size(), checks::kMaxEvidence); ++i) {
      report.add_evidence(CleanText(last_.evidence[i].text, WireLimits::kMaxLine));
    }
    for (const checks::GaugeValue& gauge : last_.gauges) {
      v1::Gauge& out = *report.add_gauges();
      out.set_name(gauge.name);
      out.set_value(gauge.value);
    }
    const WallTime observed = last_.observed.ns != 0 ? last_.observed : clock.Now();
    report.set_since(FormatRfc3339(last_.since.ns != 0 ? last_.since : observed));
    return report;
  }

 private:
  const config::CheckConfig& check_;
  const std::function<void()> first_;
  bool seen_ = false;
  checks::Observation last_;
};

State StateOf(const v1::CheckReport& check) {
  return ParseState(check.state()).value_or(State::kUnknown);
}

int ExitCode(const v1::OnceReport& report) {
  int worst = 0;
  for (const v1::CheckReport& check : report.checks()) {
    worst = std::max(worst, Badness(StateOf(check)));
  }
  if (worst >= Badness(State::kWarning)) return 1;
  return worst == Badness(State::kUnknown) ? 3 : 0;
}

std::string HostName() {
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  return CleanText(name, 255);
}

}  // namespace

absl::StatusOr<v1::OnceReport> LookOnce(const config::AgentConfig& config, const Clock& clock,
                                        Span wait, const std::string& bus_address) {
  absl::StatusOr<std::unique_ptr<host::Loop>> made = host::Loop::Create();
  if (!made.ok()) return made.status();
  host::Loop& loop = **made;
  const auto systemd = host::MakeSystemdBus(loop, bus_address);
  host::WorkerPool workers(kOnceWorkers, kMaxOnceQueuedWork);

  size_t silent = config.checks.size();
  std::vector<std::unique_ptr<Seat>> seats;
  std::vector<std::unique_ptr<checks::Check>> checks;
  for (const config::CheckConfig& check : config.checks) {
    seats.push_back(std::make_unique<Seat>(check, [&] {
      if (--silent == 0) loop.Stop();
    }));
    checks.push_back(checks::FindCheckKind(check.id.kind)
                         ->make(check, {.loop = loop,
                                        .workers = workers,
                                        .systemd = *systemd,
                                        .clock = clock,
                                        .sink = *seats.back(),
                                        .state_dir = ""}));
  }
  const auto limit = loop.After(wait, [&] { loop.Stop(); });
  // From within the loop: some report while they start, and the last of them stops it.
  loop.Post([&] {
    for (const auto& check : checks) check->Start();
  });
  if (absl::Status status = loop.Run(); !status.ok()) return status;
  checks.clear();

  v1::OnceReport report;
  report.set_agent_version(FAULTLINE_VERSION);
  report.set_host(HostName());
  report.set_at(FormatRfc3339(clock.Now()));
  for (const auto& seat : seats) *report.add_checks() = seat->ToReport(clock, wait);
  std::stable_sort(report.mutable_checks()->begin(), report.mutable_checks()->end(),
                   [](const v1::CheckReport& a, const v1::CheckReport& b) {
                     return std::tuple(-Badness(StateOf(a)), a.kind(), a.target(), a.name()) <
                            std::tuple(-Badness(StateOf(b)), b.kind(), b.target(), b.name());
                   });
  report.set_exit_code(ExitCode(report));
  for (const std::string& note : config.notes)
    report.add_notes(CleanText(note, WireLimits::kMaxLine));
  for (const std::string& line : MissingRights(config.checks)) {
    report.add_missing_rights(CleanText(line, WireLimits::kMaxLine));
  }
  return report;
}

}  // namespace faultline::agent
