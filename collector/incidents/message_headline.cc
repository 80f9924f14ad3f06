#include "collector/incidents/message_headline.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/incidents/cause.h"
#include "collector/incidents/headline_figures.h"
#include "collector/incidents/host_loss.h"
#include "collector/incidents/host_reach.h"
#include "collector/incidents/message_words.h"
#include "collector/incidents/reason_words.h"
#include "collector/rules/blind.h"
#include "collector/rules/rule.h"

namespace faultline::incidents {
namespace {

// "3306" of "3306", "127.0.0.1:3306" and "[::1]:3306".
std::string PortOf(const std::string& target) { return target.substr(target.rfind(':') + 1); }

// What of a host it is, and how the two are joined: {"cron.service", " on "}, {"clock", " of "}.
std::pair<std::string, const char*> Thing(const CheckId& check) {
  const std::string& kind = check.kind;
  if (kind == "listener") return {absl::StrCat("port ", PortOf(check.target)), " on "};
  if (kind == "unit") return {check.target, " on "};
  if (kind == "port" || kind == "http" || kind == "mysql" || kind == "ping" || kind == "route") {
    return {check.target, " from "};
  }
  if (kind == "firewall") return {absl::StrCat("port ", PortOf(check.target)), " of "};
  if (kind == "certificate") return {absl::StrCat("certificate ", check.target), " on "};
  if (kind == "log") return {absl::StrCat("log ", check.target), " on "};
  if (kind == "disk") return {absl::StrCat("disk ", check.target), " of "};
  if (kind == "memory" || kind == "load" || kind == "clock") return {kind, " of "};
  if (kind == "bootstrap") return {"user data", " of "};
  if (kind == "agent" || kind == "identity" || kind == "spool") return {"agent", " on "};
  return {check.ToString(), " on "};
}

// ", and the database and the site with it".
std::string AndItsServices(const HostId& host, const model::Hosts& hosts) {
  const std::vector<std::string> services = ServicesGoneWith(host, hosts);
  if (services.empty()) return "";
  return absl::StrCat(", and the ", absl::StrJoin(services, " and the "), " with it");
}

std::string AgentHeadline(const rules::Alert& lead, const model::Hosts& hosts) {
  const std::string& host = lead.host.host;
  const std::string silent = absl::StrCat("agent on ", host, " ", NowInWords(lead), ". ");
  const std::string since = absl::StrCat("no heartbeat since ", ClockTime(lead.since, lead.since));
  if (lead.reason == "HOST_GONE") {
    return absl::StrCat("host ", host, " is gone", AndItsServices(lead.host, hosts), ". ",
                        Sentence(absl::StrCat(since, "; ", lead.detail)));
  }
  if (lead.reason == "HOST_STOPPING") {
    return absl::StrCat(
        "host ", StoppedInWords(lead), AndItsServices(lead.host, hosts), ". ",
        Sentence(absl::StrCat("goodbye at ", ClockTime(lead.since, lead.since), ", not back after ",
                              SpanInWords(lead.fired_at - lead.since))));
  }
  if (lead.reason == "COLLECTOR_CUT_OFF") {
    return absl::StrCat("the collector is cut off from ", CutOffInWords(lead.host.stack, hosts),
                        ". ", Sentence(absl::StrCat(since, "; how they are is not known")));
  }
  if (lead.reason != "AGENT_SILENT") {
    return absl::StrCat(silent, Sentence(absl::StrCat(host, ": ", lead.detail)));
  }
  const HostReach reach = ReachOf(lead.host, lead.since, hosts);
  const std::string& seen = reach.seen;
  switch (reach.kind) {
    case HostReach::Kind::kGone:
      return absl::StrCat(silent, Sentence(absl::StrCat(since, "; ", seen)));
    case HostReach::Kind::kAnswers:
      return absl::StrCat(silent,
                          Sentence(absl::StrCat(since, "; the host itself answers: ", seen)));
    case HostReach::Kind::kUnknown:
      break;
  }
  return absl::StrCat(
      silent, Sentence(absl::StrCat(since, "; whether the host itself answers is not known")));
}

// "unit:cron.service on db-1".
std::string BlindThing(const rules::Alert& lead) {
  return absl::StrCat(lead.check.ToString(), " on ", lead.host.host);
}

// "mariadb.service on data does not start: "unknown variable 'nonsense=1'" (it exited with ...)."
std::string UnitExplanation(const rules::Alert& lead, const model::Hosts& hosts) {
  const std::string said = Explanation(lead);
  if (lead.reason != "UNIT_FAILED" && lead.reason != "UNIT_CRASH_LOOP") return said;
  const UnitCause cause = CauseOfUnit(lead, hosts);
  const std::string& unit = lead.check.target;
  const bool names_unit = absl::StartsWith(lead.detail, unit + " ");
  if (cause.start_failed && names_unit && lead.reason == "UNIT_FAILED") {
    const std::string how = absl::StrCat("it ", lead.detail.substr(unit.size() + 1));
    return Sentence(absl::StrCat(unit, " on ", lead.host.host, " does not start",
                                 cause.line.empty() ? "" : absl::StrCat(": \"", cause.line, "\""),
                                 " (", how, ")"));
  }
  if (cause.line.empty()) return said;
  return Sentence(absl::StrCat(said.substr(0, said.size() - 1), ": \"", cause.line, "\""));
}

// "db-1's firewall drops port 3306 (INPUT rule 1 ...)"
std::string FirewallClause(const rules::Alert& lead) {
  const std::string& target = lead.check.target;
  const bool goes_out = target.find(':') != std::string::npos;
  const bool by_policy = lead.reason == "POLICY_DROP";
  const char* verb = lead.reason == "REJECT_RULE" ? "rejects" : "drops";
  std::string what;
  if (by_policy) {
    what = absl::StrCat("lets nothing ", goes_out ? "out to " : "in to port ", target);
  } else if (lead.reason == "PARTIAL_DROP") {
    what = absl::StrCat("drops some of what goes to ", goes_out ? "" : "port ", target);
  } else {
    what = absl::StrCat(verb, goes_out ? " what goes to " : " port ", target);
  }
  return absl::StrCat(lead.host.host, "'s firewall ", what,
                      lead.detail.empty() ? "" : absl::StrCat(" (", lead.detail, ")"));
}

// "database down", "cron.service down on db-1", "memory of db-1 running out".
std::string Trouble(const rules::Alert& lead, const std::string& now) {
  const std::string& host = lead.host.host;
  const std::string& kind = lead.check.kind;
  if (kind == "store") return absl::StrCat(ThingInWords(lead), " ", now);
  if (kind == "exposure" && lead.reason == "EXPOSED") {
    return absl::StrCat(lead.check.target, " exposed to ", host);
  }
  if (kind == "certificate" && IsService(lead) && !CouldNotLook(kind, lead.reason)) {
    return absl::StrCat(lead.subject, " certificate ", now);
  }
  // What a log, a disk or a clock says is of that, not of the service that it belongs to.
  const bool is_part = kind == "log" || kind == "disk" || kind == "clock" || kind == "memory" ||
                       kind == "load" || kind == "bootstrap" || kind == "identity" ||
                       kind == "spool" || CouldNotLook(kind, lead.reason);
  if (IsService(lead) && !is_part) return absl::StrCat(lead.subject, " ", now);
  if (kind == "listener" && lead.reason == "NOT_LISTENING") {
    return absl::StrCat("nothing on port ", PortOf(lead.check.target), " of ", host);
  }
  const auto [thing, joint] = Thing(lead.check);
  const bool of = std::string_view(joint) == " of ";
  return of ? absl::StrCat(thing, joint, host, " ", now)
            : absl::StrCat(thing, " ", now, joint, host);
}

}  // namespace

bool IsService(const rules::Alert& alert) { return !rules::IsOwnSubject(alert.subject); }

const rules::Alert* Lead(const Incident& incident) {
  for (const rules::Alert& alert : incident.alerts) {
    if (alert.id == incident.lead_alert) return &alert;
  }
  return incident.alerts.empty() ? nullptr : &incident.alerts.front();
}

std::string Headline(const rules::Alert& lead, const model::Hosts& hosts) {
  const std::string& kind = lead.check.kind;
  if (rules::IsBlind(lead)) {
    return absl::StrCat(BlindThing(lead), " cannot look. ", Explanation(lead));
  }
  const model::CheckPicture* check = FindCheck(hosts, lead.host, lead.check);
  if (kind == "agent") return AgentHeadline(lead, hosts);
  if (kind == "disk") {
    if (const std::string full = DiskFigures(lead, check); !full.empty()) return full + ".";
  }
  if (kind == "firewall" && !CouldNotLook(kind, lead.reason)) {
    const std::string trouble = Trouble(lead, NowInWords(lead));
    return Sentence(absl::StrCat(trouble, ": ", FirewallClause(lead)), Opening::kAsItIs);
  }
  if (kind == "http") {
    const PageFigures page = FiguresOfPage(lead, check);
    const bool is_answer = absl::StartsWith(lead.reason, "STATUS_");
    // A page that tells of the database behind it.
    const bool is_witness = is_answer && lead.subject == "database";
    const std::string trouble =
        Trouble(lead, is_witness ? "out of reach of its application" : page.now);
    if (!page.cause.empty()) return absl::StrCat(trouble, ": ", page.cause, ".");
    const std::optional<std::string> cause = is_answer ? CauseOfPage(lead, hosts) : std::nullopt;
    if (cause.has_value()) return absl::StrCat(trouble, ": ", *cause, ".");
    return absl::StrCat(trouble, ". ", Explanation(lead));
  }
  if (kind == "mysql" && IsPathClosed(lead, hosts)) {
    return absl::StrCat(
        Trouble(lead, "unreachable"), ". ",
        Sentence(absl::StrCat("On ", lead.host.host, ": ", lead.check.target, " went quiet: the ",
                              "open login gets no answer, and new connections do not come "
                              "through")));
  }
  const std::string trouble = Trouble(lead, NowInWords(lead));
  if (kind == "unit") {
    return absl::StrCat(trouble, ". ", UnitExplanation(lead, hosts));
  }
  return absl::StrCat(trouble, ". ", Explanation(lead));
}

std::string SubjectInWords(const rules::Alert& lead) {
  const bool is_thing = rules::IsBlind(lead) || lead.check.kind == "exposure" || !IsService(lead);
  return is_thing ? ThingInWords(lead) : lead.subject;
}

std::string ThingInWords(const rules::Alert& alert) {
  if (rules::IsBlind(alert)) return BlindThing(alert);
  const std::string& kind = alert.check.kind;
  if (kind == "exposure") return absl::StrCat("exposure of ", alert.check.target);
  if (kind == "store") return "the collector's history";
  if (kind == "port" || kind == "ping" || kind == "route") {
    return absl::StrCat("the way from ", alert.host.host, " to ", alert.check.target);
  }
  if (IsHostGone(alert)) return absl::StrCat("host ", alert.host.host);
  if (IsCollectorCutOff(alert)) {
    return absl::StrCat("the way from the collector to ", alert.host.host);
  }
  const auto [thing, joint] = Thing(alert.check);
  return absl::StrCat(thing, joint, alert.host.host);
}

std::string Explanation(const rules::Alert& lead) {
  const std::string& host = lead.host.host;
  // The trouble before it names check and host.
  if (rules::IsBlind(lead)) {
    return Sentence(lead.detail.empty() ? PastInWords(lead) : lead.detail);
  }
  std::string text = lead.detail.empty() ? PastInWords(lead) : lead.detail;
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
