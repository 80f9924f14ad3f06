#include "agent/wire.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "common/text.h"
#include "common/wire_limits.h"

namespace faultline::agent {

faultline::v1::Observation ToWire(const checks::Observation& observation, uint32_t number) {
  faultline::v1::Observation wire;
  wire.set_check(number);
  wire.set_state(static_cast<faultline::v1::State>(observation.state));
  if (observation.state != State::kOk) {
    wire.set_reason(IsReasonName(observation.reason) ? observation.reason : "UNSPECIFIED");
  }
  wire.set_detail(CleanText(observation.detail, WireLimits::kMaxLine));
  const size_t facts = std::min(observation.evidence.size(), checks::kMaxEvidence);
  for (size_t i = 0; i < facts; ++i) {
    faultline::v1::Evidence& evidence = *wire.add_evidence();
    evidence.set_text(CleanText(observation.evidence[i].text, WireLimits::kMaxLine));
    evidence.set_wall_ns(observation.evidence[i].at.ns);
  }
  const size_t gauges =
      std::min(observation.gauges.size(), static_cast<size_t>(WireLimits::kMaxGauges));
  for (size_t i = 0; i < gauges; ++i) {
    faultline::v1::Gauge& gauge = *wire.add_gauges();
    gauge.set_name(observation.gauges[i].name);
    gauge.set_value(observation.gauges[i].value);
  }
  wire.mutable_observed()->set_wall_ns(observation.observed.ns);
  wire.mutable_observed()->set_boottime_ns(observation.boottime_ns);
  wire.set_since_wall_ns(observation.since.ns);
  return wire;
}

void ExpectedToWire(const config::CheckConfig& check,
                    faultline::v1::CheckDeclaration* declaration) {
  for (const char* name : {"status", "body"}) {
    const auto option = check.options.find(name);
    if (option == check.options.end() || option->second.values.empty()) continue;
    faultline::v1::Expectation& expected = *declaration->add_expected();
    expected.set_option(name);
    expected.set_value(CleanText(absl::StrJoin(option->second.values, ", "), WireLimits::kMaxLine));
  }
}

faultline::v1::AbsentChecks ToWire(const std::vector<config::AbsentCheck>& absent) {
  faultline::v1::AbsentChecks wire;
  for (const config::AbsentCheck& check : absent) {
    if (wire.checks_size() == WireLimits::kMaxAbsent) break;
    faultline::v1::AbsentCheck& out = *wire.add_checks();
    out.set_kind(check.kind);
    out.set_target(CleanText(check.target, WireLimits::kMaxLine));
    out.set_why(check.why == config::AbsentCheck::Why::kDisabled
                    ? faultline::v1::AbsentCheck::WHY_DISABLED
                : check.why == config::AbsentCheck::Why::kUnknownFact
                    ? faultline::v1::AbsentCheck::WHY_UNKNOWN_FACT
                    : faultline::v1::AbsentCheck::WHY_NOT_HERE);
    out.set_detail(CleanText(check.detail, WireLimits::kMaxLine));
  }
  return wire;
}

faultline::v1::Record TransitionRecord(const CheckId& id, const checks::Observation& observation,
                                       const std::string& boot_id) {
  faultline::v1::Record record;
  faultline::v1::RecordedTransition& transition = *record.mutable_transition();
  transition.set_kind(id.kind);
  transition.set_target(id.target);
  transition.set_name(id.name);
  *transition.mutable_observation() = ToWire(observation, 0);
  transition.set_boot_id(boot_id);
  return record;
}

faultline::v1::Record LogEventRecord(const CheckId& id, const checks::LogEventSeen& event,
                                     uint64_t boottime_ns) {
  faultline::v1::Record record;
  faultline::v1::LogEvent& wire = *record.mutable_log_event();
  wire.set_kind(id.kind);
  wire.set_target(id.target);
  wire.set_name(id.name);
  wire.set_fingerprint(event.fingerprint);
  wire.set_sample(CleanText(event.sample, WireLimits::kMaxSample));
  wire.set_count(event.count);
  wire.set_pattern(CleanText(event.pattern, WireLimits::kMaxPattern));
  wire.mutable_first()->set_wall_ns(event.first.ns);
  wire.mutable_last()->set_wall_ns(event.last.ns);
  wire.mutable_last()->set_boottime_ns(boottime_ns);
  return record;
}

}  // namespace faultline::agent
