#include "collector/operator/convert.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/model/known_to_hold.h"
#include "common/text.h"

namespace faultline::operator_api {
namespace {

constexpr size_t kMaxLineBytes = 1024;
constexpr size_t kMaxNameBytes = 512;
constexpr size_t kMaxMessageLines = 200;

std::string Name(std::string_view text) { return CleanText(text, kMaxNameBytes); }
std::string Line(std::string_view text) { return CleanText(text, kMaxLineBytes); }

// CleanText for what has several lines.
std::string Message(const std::string& text) {
  std::string out;
  size_t lines = 0;
  for (const auto line : absl::StrSplit(text, '\n')) {
    if (lines == kMaxMessageLines) return out + "\n...";
    if (lines++ > 0) out += '\n';
    out += CleanText(std::string_view(line.data(), line.size()), kMaxLineBytes);
  }
  return out;
}

v1::State StateToProto(State state) { return static_cast<v1::State>(state); }

v1::Host::Link LinkToProto(model::LinkState link) {
  switch (link) {
    case model::LinkState::kConnected:
      return v1::Host::LINK_CONNECTED;
    case model::LinkState::kSilent:
      return v1::Host::LINK_SILENT;
    case model::LinkState::kGoodbye:
      return v1::Host::LINK_SAID_GOODBYE;
  }
  return v1::Host::LINK_UNSPECIFIED;
}

v1::Alert::State AlertStateToProto(rules::AlertState state) {
  switch (state) {
    case rules::AlertState::kPending:
      return v1::Alert::STATE_PENDING;
    case rules::AlertState::kFiring:
      return v1::Alert::STATE_FIRING;
    case rules::AlertState::kResolved:
      return v1::Alert::STATE_RESOLVED;
    case rules::AlertState::kWithdrawn:
      return v1::Alert::STATE_WITHDRAWN;
  }
  return v1::Alert::STATE_UNSPECIFIED;
}

}  // namespace

void SetStack(const StackId& stack, v1::StackRef* out) {
  out->set_stack(Name(stack.stack));
  out->set_env(Name(stack.env));
}

void SetTime(WallTime time, google::protobuf::Timestamp* out) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t seconds = time.ns / kSecond;
  int64_t nanos = time.ns % kSecond;
  if (nanos < 0) {
    nanos += kSecond;
    --seconds;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(nanos));
}

v1::Host ToProto(const model::HostPicture& host) {
  v1::Host out;
  SetStack(host.identity.id.stack, out.mutable_stack());
  out.set_name(Name(host.identity.id.host));
  out.set_role(Name(host.identity.role));
  out.set_link(LinkToProto(host.link));
  for (const std::string& address : host.addresses) out.add_addresses(Name(address));
  out.set_agent_version(Name(host.agent_version));
  if (host.link_since.ns != 0) SetTime(host.link_since, out.mutable_link_since());
  if (host.last_heard.ns != 0) SetTime(host.last_heard, out.mutable_last_heard_at());
  out.set_clock_offset_seconds(host.clock_offset.seconds());
  out.set_clock_uncertainty_seconds(host.clock_uncertainty.seconds());
  State worst = State::kUnspecified;
  for (const auto& [id, check] : host.checks) {
    if (worst == State::kUnspecified || Badness(check.state) > Badness(worst)) worst = check.state;
  }
  out.set_worst(StateToProto(worst));
  out.set_checks(static_cast<uint32_t>(host.checks.size()));
  out.set_instance_id(Name(host.instance_id));
  out.set_region(Name(host.region));
  for (const model::RefusedEntry& entry : host.refused) {
    v1::RefusedEntry& added = *out.add_refused();
    added.set_name(Name(entry.name));
    added.set_why(Line(entry.why));
    SetTime(entry.at, added.mutable_at());
    added.set_times(entry.times);
  }
  return out;
}

v1::Check ToProto(const model::HostPicture& host, const model::CheckPicture& check) {
  v1::Check out;
  SetStack(host.identity.id.stack, out.mutable_stack());
  out.set_host(Name(host.identity.id.host));
  out.set_id(Name(check.id.ToString()));
  out.set_kind(Name(check.id.kind));
  out.set_target(Name(check.id.target));
  out.set_name(Name(check.id.name));
  out.set_subject(Name(check.subject));
  out.set_state(StateToProto(check.state));
  out.set_reason(Name(check.reason));
  out.set_detail(Line(check.detail));
  for (const model::Fact& fact : check.evidence) {
    v1::Evidence* evidence = out.add_evidence();
    evidence->set_text(Line(fact.text));
    evidence->set_wall_ns(fact.at.ns);
  }
  if (check.since.ns != 0) SetTime(check.since, out.mutable_since());
  const WallTime observed = model::LastKnown(host, check);
  if (observed.ns != 0) SetTime(observed, out.mutable_observed_at());
  for (const model::GaugeValue& gauge : check.gauges) {
    v1::Gauge* added = out.add_gauges();
    added->set_name(Name(gauge.name));
    added->set_value(gauge.value);
  }
  out.set_stale(model::IsLastKnown(host, check));
  return out;
}

v1::Alert ToProto(const rules::Alert& alert) {
  v1::Alert out;
  out.set_id(AlertPath(alert));
  out.set_name(Name(alert.rule));
  SetStack(alert.host.stack, out.mutable_stack());
  out.set_host(Name(alert.host.host));
  out.set_check(Name(alert.check.ToString()));
  out.set_subject(Name(alert.subject));
  out.set_severity(std::string(rules::SeverityName(alert.severity)));
  out.set_state(AlertStateToProto(alert.state));
  out.set_reason(Name(alert.reason));
  out.set_decision(Line(rules::DecisionText(alert.decision)));
  if (alert.since.ns != 0) SetTime(alert.since, out.mutable_since());
  if (alert.fired_at.ns != 0) SetTime(alert.fired_at, out.mutable_fired_at());
  if (alert.resolved_at.ns != 0) SetTime(alert.resolved_at, out.mutable_resolved_at());
  out.set_incident(alert.incident);
  return out;
}

v1::Incident ToProto(const incidents::Incident& incident) {
  v1::Incident out;
  out.set_id(incident.id);
  out.set_dedup_key(Line(incident.dedup_key));
  SetStack(incident.stack, out.mutable_stack());
  out.set_subject(Name(incident.subject));
  out.set_severity(std::string(rules::SeverityName(incident.severity)));
  out.set_state(incident.state == incidents::IncidentState::kOpen ? v1::Incident::STATE_OPEN
                                                                  : v1::Incident::STATE_RESOLVED);
  out.set_host(Name(incident.host));
  out.set_reason(Name(incident.reason));
  out.set_title(Line(incident.title));
  out.set_text(Message(incident.text));
  if (incident.since.ns != 0) SetTime(incident.since, out.mutable_since());
  if (incident.opened_at.ns != 0) SetTime(incident.opened_at, out.mutable_opened_at());
  if (incident.resolved_at.ns != 0) SetTime(incident.resolved_at, out.mutable_resolved_at());
  out.set_opened_monotonic_ns(static_cast<uint64_t>(std::max<int64_t>(incident.opened_mono.ns, 0)));
  for (const rules::Alert& alert : incident.alerts) *out.add_alerts() = ToProto(alert);
  for (const incidents::EvidenceLine& line : incident.evidence) {
    v1::Evidence* evidence = out.add_evidence();
    evidence->set_text(
        Line(line.host.empty() ? line.text : absl::StrCat(line.host, ": ", line.text)));
    evidence->set_wall_ns(line.at.ns);
  }
  return out;
}

v1::TimelineEntry ToProto(const incidents::TimelineEntry& entry) {
  v1::TimelineEntry out;
  if (entry.at.ns != 0) SetTime(entry.at, out.mutable_at());
  if (entry.recorded.ns != 0) SetTime(entry.recorded, out.mutable_recorded_at());
  out.set_kind(std::string(incidents::TimelineKindName(entry.kind)));
  out.set_host(Name(entry.host));
  out.set_check(Name(entry.check));
  out.set_state(StateToProto(entry.state));
  out.set_reason(Name(entry.reason));
  out.set_text(Line(entry.text));
  out.set_late(entry.late);
  return out;
}

std::string CheckPath(const HostId& host, const CheckId& check) {
  return Line(absl::StrCat(host.stack.ToString(), "/", host.host, "/", check.ToString()));
}

std::string AlertPath(const rules::Alert& alert) {
  return Line(absl::StrCat(CheckPath(alert.host, alert.check), "/", alert.rule));
}

}  // namespace faultline::operator_api
