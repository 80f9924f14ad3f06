#include "collector/notify/webhook_body.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/operator/convert.h"
#include "common/text.h"

namespace faultline::notify {
namespace {

constexpr size_t kMaxLine = 1024;
constexpr size_t kMaxLines = 64;

std::string Line(std::string_view text) { return CleanText(text, kMaxLine); }

// Lines of valid text. The message's lines are already bounded; this holds for whatever comes.
std::string Lines(const std::string& text) {
  std::string out;
  size_t lines = 0;
  for (const auto line : absl::StrSplit(text, '\n')) {
    if (++lines > kMaxLines) break;
    if (lines > 1) out += '\n';
    out += Line(std::string_view(line.data(), line.size()));
  }
  return out;
}

// The printer leaves an absent message out, where receivers expect a null.
void SetTimeOrNull(WallTime time, google::protobuf::Value* out) {
  if (time.ns == 0) {
    out->set_null_value(google::protobuf::NULL_VALUE);
  } else {
    out->set_string_value(FormatRfc3339(time));
  }
}

void SetUrlOrNull(const std::string& base_url, uint64_t incident, google::protobuf::Value* out) {
  if (base_url.empty()) {
    out->set_null_value(google::protobuf::NULL_VALUE);
  } else if (incident == 0) {
    out->set_string_value(Line(absl::StrCat(base_url, "/")));
  } else {
    out->set_string_value(Line(absl::StrCat(base_url, "/incidents/", incident)));
  }
}

}  // namespace

faultline::v1::WebhookBody WebhookBodyOf(const incidents::Notification& notification,
                                         WallTime sent_at, const std::string& base_url) {
  const incidents::Incident& incident = notification.incident;
  faultline::v1::WebhookBody body;
  body.set_version("1");
  body.set_event(std::string(incidents::NotificationEventName(notification.event)));
  body.set_dedup_key(Line(incident.dedup_key));
  body.set_incident(static_cast<uint32_t>(incident.id));
  body.set_sequence(notification.version);
  body.set_stack(Line(incident.stack.stack));
  body.set_env(Line(incident.stack.env));
  body.set_severity(std::string(rules::SeverityName(incident.severity)));
  body.set_subject(Line(incident.subject));
  body.set_host(Line(incident.host));
  body.set_reason(Line(incident.reason));
  body.set_title(Line(incident.title));
  body.set_text(Lines(incident.text));
  SetTimeOrNull(incident.since, body.mutable_since());
  body.set_sent_at(FormatRfc3339(sent_at));
  SetTimeOrNull(incident.opened_at, body.mutable_opened_at());
  SetTimeOrNull(incident.resolved_at, body.mutable_resolved_at());
  for (const incidents::EvidenceLine& line : incident.evidence) {
    faultline::v1::WebhookBody::Evidence* evidence = body.add_evidence();
    evidence->set_host(Line(line.host));
    SetTimeOrNull(line.at, evidence->mutable_observed_at());
    evidence->set_text(Line(line.text));
  }
  for (const rules::Alert& joined : incident.alerts) {
    faultline::v1::WebhookBody::Alert* alert = body.add_alerts();
    alert->set_name(Line(joined.rule));
    alert->set_host(Line(joined.host.host));
    alert->set_check(Line(joined.check.ToString()));
    alert->set_state(std::string(rules::AlertStateName(joined.state)));
    alert->set_reason(Line(joined.reason));
    alert->set_id(operator_api::AlertPath(joined));
  }
  SetUrlOrNull(base_url, incident.id, body.mutable_url());
  return body;
}

}  // namespace faultline::notify
