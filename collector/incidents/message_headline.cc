#include "collector/incidents/message_headline.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/message_words.h"

namespace faultline::incidents {
namespace {

bool IsAbout(const Incident& incident, const char* kind) {
  return absl::StartsWith(incident.subject, kind);
}

std::string CertificateTrouble(const std::string& reason) {
  if (reason == "EXPIRED") return "expired";
  if (reason == "EXPIRES_SOON") return "expires soon";
  if (reason == "NOT_YET_VALID") return "not valid yet";
  if (reason == "HOSTNAME_MISMATCH") return "does not cover its name";
  if (reason == "CHAIN_INCOMPLETE") return "chain incomplete";
  if (reason == "SELF_SIGNED") return "signed by itself";
  return absl::StrCat("in trouble (", InWords(reason), ")");
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

}  // namespace

std::string ServiceTrouble(const rules::Alert& lead) {
  if (lead.check.kind == "port" || lead.reason == "LOOPBACK_ONLY") return "unreachable";
  if (lead.check.kind == "unit" || lead.check.kind == "listener") return "down";
  return absl::StrCat("in trouble (", InWords(lead.reason), ")");
}

const rules::Alert* Lead(const Incident& incident) {
  for (const rules::Alert& alert : incident.alerts) {
    if (alert.id == incident.lead_alert) return &alert;
  }
  return incident.alerts.empty() ? nullptr : &incident.alerts.front();
}

std::string Trouble(const Incident& incident, const rules::Alert& lead) {
  const std::string& host = lead.host.host;
  const std::string& kind = lead.check.kind;
  if (kind == "agent") return absl::StrCat("agent on ", host, " silent");
  if (kind == "certificate") {
    const char* what = incident.subject == "certificate" ? "" : "certificate ";
    return absl::StrCat(incident.subject, " ", what, CertificateTrouble(lead.reason));
  }
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
  if (lead.check.kind == "agent") return absl::StrCat("agent on ", lead.host.host);
  if (!IsAbout(incident, "host ")) return incident.subject;
  return absl::StrCat(Thing(lead), lead.check.kind == "port" ? " from " : " on ", lead.host.host);
}

std::string Explanation(const rules::Alert& lead) {
  const std::string& host = lead.host.host;
  std::string text = lead.detail.empty() ? PastTrouble(lead) : lead.detail;
  const bool names_host = lead.detail.empty() || absl::StrContains(text, host);
  if (lead.check.kind == "unit" && absl::StartsWith(text, lead.check.target + " ")) {
    text.insert(lead.check.target.size(), absl::StrCat(" on ", host));
  } else if (lead.check.kind == "port") {
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
