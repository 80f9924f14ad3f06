#include "agent/reporter_entry.h"

#include <ctime>

#include "agent/checks/registry.h"
#include "agent/wire.h"

namespace faultline::agent {
namespace {

using checks::Observation;
namespace v1 = faultline::v1;

uint64_t BoottimeNs() {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return static_cast<uint64_t>(ts.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(ts.tv_nsec);
}

// A line more. What changes within the lines, at each look, comes with the gauges.
bool HasMoreEvidence(const Observation& before, const Observation& after) {
  return after.state != State::kOk && after.evidence.size() > before.evidence.size();
}

bool IsTransition(const Observation& before, const Observation& after) {
  return before.state != after.state || before.reason != after.reason;
}

}  // namespace

Reporter::Entry::Entry(Reporter& reporter, const config::CheckConfig& config, uint32_t number)
    : reporter_(reporter),
      config_(config),
      kind_(checks::FindCheckKind(config.id.kind)),
      number_(number) {
  Declare();
  if (!is_own()) Make();
}

void Reporter::Entry::Replace(const config::CheckConfig& config) {
  check_.reset();
  config_ = config;
  {
    MutexLock lock(reporter_.mutex_);
    Declare();
  }
  Make();
}

void Reporter::Entry::Declare() {
  // What it resolved to may not be what it will: the new one says so.
  declaration_.Clear();
  declaration_.set_number(number_);
  declaration_.set_kind(config_.id.kind);
  declaration_.set_target(config_.id.target);
  declaration_.set_name(config_.id.name);
  declaration_.set_subject(config_.subject);
  const Span interval =
      is_own() ? config_.interval.value_or(Span{}) : checks::IntervalOf(config_, *kind_);
  declaration_.set_interval_ns(interval.ns);
  ExpectedToWire(config_, &declaration_);
}

void Reporter::Entry::Make() {
  check_ = kind_->make(config_, {.loop = reporter_.parts_.loop,
                                 .workers = reporter_.parts_.workers,
                                 .systemd = reporter_.parts_.systemd,
                                 .clock = reporter_.parts_.clock,
                                 .sink = *this,
                                 .state_dir = reporter_.parts_.state_dir});
}

void Reporter::Entry::Report(Observation observation) {
  if (observation.observed.ns == 0) observation.observed = reporter_.parts_.clock.Now();
  if (observation.boottime_ns == 0) observation.boottime_ns = BoottimeNs();
  if (observation.state == State::kOk) observation.reason.clear();
  bool transition = false;
  bool more_evidence = false;
  {
    MutexLock lock(reporter_.mutex_);
    transition = !seen_ || IsTransition(last_, observation);
    if (transition) {
      if (observation.since.ns == 0) observation.since = observation.observed;
      last_seq_ = reporter_.parts_.spool.Append(
          v1::STREAM_TRANSITIONS,
          TransitionRecord(config_.id, observation, reporter_.parts_.boot_id));
    } else {
      observation.since = last_.since;
      more_evidence = HasMoreEvidence(last_, observation);
      // Also without gauges: that it was seen again is what keeps it from looking stale.
      gauges_changed_ = true;
    }
    seen_ = true;
    last_ = std::move(observation);
  }
  if (more_evidence) reporter_.SendGaugesSoon();
  if (!transition) return;
  if (reporter_.link_ != nullptr) reporter_.link_->Wake();
  if (reporter_.parts_.on_change) reporter_.parts_.on_change();
}

void Reporter::Entry::ReportLogEvent(checks::LogEventSeen event) {
  reporter_.parts_.spool.Append(v1::STREAM_LOG_EVENTS,
                                LogEventRecord(config_.id, event, BoottimeNs()));
  if (reporter_.link_ != nullptr) reporter_.link_->Wake();
}

void Reporter::Entry::Resolved(const std::string& address, int port) {
  Redeclare([&] {
    const bool changed = declaration_.remote_address() != address ||
                         declaration_.remote_port() != static_cast<uint32_t>(port);
    declaration_.set_remote_address(address);
    declaration_.set_remote_port(static_cast<uint32_t>(port));
    return changed;
  });
}

void Reporter::Entry::ResolvedUnit(const std::string& unit) {
  Redeclare([&] {
    const bool changed = declaration_.unit() != unit;
    declaration_.set_unit(unit);
    return changed;
  });
}

template <typename Change>
void Reporter::Entry::Redeclare(Change change) {
  v1::CheckDeclarations declarations;
  {
    MutexLock lock(reporter_.mutex_);
    if (!change()) return;
    *declarations.add_checks() = declaration_;
  }
  if (reporter_.link_ != nullptr) reporter_.link_->SendDeclarations(std::move(declarations));
}

}  // namespace faultline::agent
