#include "collector/incidents/message_headline.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/message_words.h"
#include "collector/incidents/trouble_words.h"
#include "collector/rules/blind.h"

namespace faultline::incidents {
namespace {

bool IsAbout(const Incident& incident, const char* kind) {
  return absl::StartsWith(incident.subject, kind);
}

// "3306" of "3306", "127.0.0.1:3306" and "[::1]:3306".
std::string PortOf(const std::string& listener_target) {
  return listener_target.substr(listener_target.rfind(':') + 1);
}

// "cron.service", "port 22", "10.0.2.10:22": what of a host it is.
std::string Thing(const rules::Alert& lead) {
  if (lead.check.kind == "listener") return absl::StrCat("port ", PortOf(lead.check.target));
  if (lead.check.kind == "unit" || lead.check.kind == "port") return lead.check.target;
  return lead.check.ToString();
}

// "unit:cron.service on db-1".
std::string BlindThing(const rules::Alert& lead) {
  return absl::StrCat(lead.check.ToString(), " on ", lead.host.host);
}

// "disk /var/lib/mysql", "memory".
std::string CapacityThing(const CheckId& check) {
  return check.kind == "disk" ? absl::StrCat("disk ", check.target) : check.kind;
}

// "disk /var/lib/mysql of db-1 running out".
std::string CapacityTrouble(const rules::Alert& lead) {
  return absl::StrCat(CapacityThing(lead.check), " of ", lead.host.host, " ", ServiceTrouble(lead));
}

}  // namespace

const rules::Alert* Lead(const Incident& incident) {
  for (const rules::Alert& alert : incident.alerts) {
    if (alert.id == incident.lead_alert) return &alert;
  }
  return incident.alerts.empty() ? nullptr : &incident.alerts.front();
}

std::string Trouble(const Incident& incident, const rules::Alert& lead) {
  const std::string& host = lead.host.host;
  const std::string& kind = lead.check.kind;
  if (rules::IsBlind(lead)) return absl::StrCat(BlindThing(lead), " cannot look");
  if (kind == "agent") return absl::StrCat("agent on ", host, " silent");
  if (kind == "exposure") return absl::StrCat(lead.check.target, " exposed to ", host);
  if (kind == "certificate") {
    const char* what = incident.subject == "certificate" ? "" : "certificate ";
    return absl::StrCat(incident.subject, " ", what, CertificateTrouble(lead.reason));
  }
  if (IsAbout(incident, "capacity ")) return CapacityTrouble(lead);
  if (!IsAbout(incident, "host ")) return absl::StrCat(incident.subject, " ", ServiceTrouble(lead));
  if (kind == "listener" && lead.reason == "NOT_LISTENING") {
    return absl::StrCat("nothing on port ", PortOf(lead.check.target), " of ", host);
  }
  if (kind == "unit" || kind == "port" || kind == "listener") {
    const char* where = kind == "port" ? " from " : " on ";
    return absl::StrCat(Thing(lead), " ", ServiceTrouble(lead), where, host);
  }
  return absl::StrCat(InWords(lead.reason), " on ", host);
}

std::string SubjectInWords(const Incident& incident, const rules::Alert& lead) {
  if (rules::IsBlind(lead)) return BlindThing(lead);
  if (lead.check.kind == "agent") return absl::StrCat("agent on ", lead.host.host);
  if (lead.check.kind == "exposure") return absl::StrCat("exposure of ", lead.check.target);
  if (IsAbout(incident, "capacity ")) {
    return absl::StrCat(CapacityThing(lead.check), " of ", lead.host.host);
  }
  if (!IsAbout(incident, "host ")) return incident.subject;
  return absl::StrCat(Thing(lead), lead.check.kind == "port" ? " from " : " on ", lead.host.host);
}

std::string Explanation(const rules::Alert& lead) {
  const std::string& host = lead.host.host;
  // The trouble before it names check and host.
  if (rules::IsBlind(lead)) {
    return Sentence(lead.detail.empty() ? InWords(lead.reason) : lead.detail);
  }
  std::string text = lead.detail.empty() ? PastTrouble(lead) : lead.detail;
  const bool names_host = lead.detail.empty() || absl::StrContains(text, host);
  if (lead.check.kind == "unit" && absl::StartsWith(text, lead.check.target + " ")) {
    text.insert(lead.check.target.size(), absl::StrCat(" on ", host));
  } else if (lead.check.kind == "port" || lead.check.kind == "exposure") {
    if (!names_host) text = absl::StrCat("Seen from ", host, ": ", text);
  } else if (lead.check.kind == "listener" && absl::StartsWith(text, "listens ")) {
    text = absl::StrCat("The service on ", host, " ", text);
  } else if (lead.check.kind != "agent" && !names_host) {
    text = absl::StrCat("On ", host, ": ", text);
  }
  const bool is_over = lead.state == rules::AlertState::kResolved;
  if (lead.decision == rules::Decision::kGraceOver && !is_over && lead.fired_at > lead.since) {
    absl::StrAppend(&text, ", and was not back after ", SpanInWords(lead.fired_at - lead.since));
  }
  return Sentence(text);
}

}  // namespace faultline::incidents
