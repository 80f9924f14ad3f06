#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/notify/json_writer.h"
#include "collector/notify/notify.h"
#include "common/text.h"

namespace faultline::notify {
namespace {

constexpr size_t kMaxLine = 1024;
constexpr size_t kMaxLines = 64;

// Lines of valid text. The message's lines are already bounded; this holds for whatever comes.
std::string CleanLines(const std::string& text) {
  std::string out;
  size_t lines = 0;
  for (const auto line : absl::StrSplit(text, '\n')) {
    if (++lines > kMaxLines) break;
    if (lines > 1) out += '\n';
    out += CleanText(std::string_view(line.data(), line.size()), kMaxLine);
  }
  return out;
}

// One line, as a JSON field.
void Line(JsonWriter& json, std::string_view name, std::string_view text) {
  json.Field(name, CleanText(text, kMaxLine));
}

void Time(JsonWriter& json, std::string_view name, WallTime time) {
  json.Key(name);
  time.ns == 0 ? json.Null() : json.String(FormatRfc3339(time));
}

}  // namespace

std::string WebhookBody(const incidents::Notification& notification, WallTime sent_at,
                        const std::string& base_url) {
  const incidents::Incident& incident = notification.incident;
  JsonWriter json;
  json.BeginObject();
  json.Field("version", "1");
  json.Field("event", incidents::NotificationEventName(notification.event));
  Line(json, "dedup_key", incident.dedup_key);
  json.Key("incident").Number(incident.id);
  json.Key("sequence").Number(notification.version);
  Line(json, "stack", incident.stack.stack);
  Line(json, "env", incident.stack.env);
  json.Field("severity", rules::SeverityName(incident.severity));
  Line(json, "subject", incident.subject);
  Line(json, "host", incident.host);
  Line(json, "reason", incident.reason);
  Line(json, "title", incident.title);
  json.Field("text", CleanLines(incident.text));
  Time(json, "since", incident.since);
  Time(json, "sent_at", sent_at);
  Time(json, "opened_at", incident.opened_at);
  Time(json, "resolved_at", incident.resolved_at);
  json.Key("evidence").BeginArray();
  for (const incidents::EvidenceLine& line : incident.evidence) {
    json.BeginObject();
    Line(json, "host", line.host);
    Time(json, "observed_at", line.at);
    Line(json, "text", line.text);
    json.EndObject();
  }
  json.EndArray();
  json.Key("alerts").BeginArray();
  for (const rules::Alert& alert : incident.alerts) {
    json.BeginObject();
    Line(json, "name", alert.rule);
    Line(json, "host", alert.host.host);
    Line(json, "check", alert.check.ToString());
    json.Field("state", rules::AlertStateName(alert.state));
    Line(json, "reason", alert.reason);
    json.EndObject();
  }
  json.EndArray();
  json.Key("url");
  if (base_url.empty()) {
    json.Null();
  } else {
    json.String(CleanText(absl::StrCat(base_url, "/incidents/", incident.id), kMaxLine));
  }
  json.EndObject();
  return json.Take();
}

}  // namespace faultline::notify
