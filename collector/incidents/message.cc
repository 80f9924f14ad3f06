#include "collector/incidents/message.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/incidents/cause.h"
#include "collector/incidents/consequence.h"
#include "collector/incidents/headline_figures.h"
#include "collector/incidents/host_loss.h"
#include "collector/incidents/message_facts.h"
#include "collector/incidents/message_headline.h"
#include "collector/incidents/message_news.h"
#include "collector/incidents/message_words.h"
#include "collector/incidents/next_command.h"
#include "collector/incidents/reason_words.h"
#include "collector/rules/blind.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxTitle = 600;
constexpr size_t kMaxFactsOfAHost = 4;
// How long each step of a request took helps nobody who reads this.
constexpr size_t kMaxFactsOfAPage = 2;
constexpr size_t kMaxHosts = 4;
// 2020: nothing that is watched has been down since before. A clock that knew no better said so.
constexpr WallTime kFirstPlausible{1'577'836'800'000'000'000};
constexpr size_t kMaxThatWas = 4;

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(toupper(c));
  return upper;
}

bool IsResolved(const Incident& incident) { return incident.state == IncidentState::kResolved; }

// " after 3 min 10 s"; empty where the clock was set meanwhile and nobody can say.
std::string Lasted(const Incident& incident, const char* joint = " after ") {
  const bool is_known = incident.since >= kFirstPlausible && incident.resolved_at > incident.since;
  return is_known ? absl::StrCat(joint, SpanInWords(incident.resolved_at - incident.since)) : "";
}

// What an agent says of itself while it is not well: no configuration names it.
bool IsAgentsOwn(const CheckId& check) { return check.kind == "identity" || check.kind == "spool"; }

// What it was, as it was put while it was; else from its reason alone. Of a host that was gone and
// then answered without its agent, that it was gone.
std::string Was(const Incident& incident, const rules::Alert& lead) {
  const auto gone = incident.was.find(absl::StrCat(lead.id, "/HOST_GONE"));
  if (gone != incident.was.end()) return gone->second;
  const auto known = incident.was.find(absl::StrCat(lead.id, "/", lead.reason));
  return known == incident.was.end() ? PastInWords(lead) : known->second;
}

// Of an open one: since when what leads, and what follows from it, is so; other faults say it in
// their own lines, and of what is out once more its newest beginning counts, whatever leads now.
WallTime SinceOf(const Incident& incident, const rules::Alert& lead, const model::Hosts& hosts) {
  const auto known_faults = FaultsOf(incident, hosts);
  const std::set<std::string>& faults = *known_faults;
  const bool is_alone =
      faults.size() < 2 &&
      std::none_of(incident.faults.begin(), incident.faults.end(), [](const Fault& fault) {
        return (fault.told && fault.end_told) || fault.times > 1;
      });
  const bool began_again =
      std::any_of(incident.faults.begin(), incident.faults.end(),
                  [&](const Fault& fault) { return fault.alert == lead.id && fault.times > 1; });
  if (IsResolved(incident) || (is_alone && !began_again)) return incident.since;
  if (began_again) return lead.since;
  WallTime since = lead.since;
  for (const rules::Alert& alert : incident.alerts) {
    const bool fires = alert.state == rules::AlertState::kFiring;
    if (fires && !faults.contains(alert.id)) since = std::min(since, alert.since);
  }
  return since;
}

// What led, and what else was told as something of its own. What was taken out of the configuration
// while it was broken is perhaps so still.
std::vector<std::string> AllThatWas(const Incident& incident, const rules::Alert& lead) {
  std::vector<std::string> all = {CleanText(Was(incident, lead), 300)};
  for (const Fault& fault : incident.faults) {
    const rules::Alert* alert = AlertById(incident, fault.alert);
    if (!fault.told || alert == nullptr || all.size() == kMaxThatWas) continue;
    std::string was = CleanText(Was(incident, *alert), 300);
    const bool is_withdrawn =
        alert->state == rules::AlertState::kWithdrawn && !IsAgentsOwn(alert->check);
    if (is_withdrawn && alert->id != lead.id) {
      absl::StrAppend(&was, ", which is not watched any more");
    }
    if (std::find(all.begin(), all.end(), was) == all.end()) all.push_back(std::move(was));
  }
  for (const std::string& past : incident.past) {
    std::string was = CleanText(past, 300);
    const bool is_known = std::find(all.begin(), all.end(), was) != all.end();
    if (!is_known && all.size() < kMaxThatWas) all.push_back(std::move(was));
  }
  return all;
}

// After "RESOLVED shop-prod: ".
std::string ResolvedHeadline(const Incident& incident, const rules::Alert& lead, const News& news) {
  const std::string subject = SubjectInWords(lead);
  if (lead.state == rules::AlertState::kWithdrawn && rules::IsHostGone(lead.decision)) {
    // "the host was forgotten": which one is said here.
    const std::string why(
        rules::DecisionText(lead.decision).substr(std::string("the host").size()));
    return absl::StrCat(subject, " is not watched any more. Host ", lead.host.host, why, ".");
  }
  if (lead.state == rules::AlertState::kWithdrawn && IsAgentsOwn(lead.check)) {
    return absl::StrCat(subject, " is well again", Lasted(incident), ". The agent on ",
                        lead.host.host, " was started anew and does not report it any more.");
  }
  if (lead.state == rules::AlertState::kWithdrawn) {
    return absl::StrCat(
        subject, " is not watched any more. ",
        Sentence(absl::StrCat(lead.check.kind, " ", lead.check.target, " on ", lead.host.host,
                              " was removed from the configuration")));
  }
  if (IsCollectorCutOff(lead)) {
    return absl::StrCat("the collector hears its hosts again", Lasted(incident), ".");
  }
  if (rules::IsBlind(lead)) {
    const size_t count = incident.alerts.size();
    return absl::StrCat(count == 1 ? subject : absl::StrCat(count, " checks on ", lead.host.host),
                        " can look again", Lasted(incident), ".");
  }
  // Told only after its end: the trouble is the news, not that it is over.
  if (incident.late) {
    const std::string since = ClockTime(incident.since, incident.opened_at);
    const std::string span =
        absl::StrCat(Lasted(incident, " for "), " (", since.substr(0, since.rfind(' ')), " to ",
                     ClockTime(incident.resolved_at, incident.opened_at), "), reported late.");
    const char* end = " All is well now.";
    if (!IsService(lead)) return absl::StrCat(Was(incident, lead), span, end);
    return absl::StrCat(subject, " ", ThenInWords(lead), span, " ", Sentence(Was(incident, lead)),
                        end);
  }
  std::string headline = absl::StrCat(subject, " is well again");
  if (news.times > 1) {
    absl::StrAppend(&headline, ". It was out ", news.times, " times within ",
                    SpanInWords(news.within), ".");
  } else {
    absl::StrAppend(&headline, Lasted(incident), ".");
  }
  if (!lead.detail.empty()) absl::StrAppend(&headline, " ", Explanation(lead));
  return headline;
}

// With its time where that is another than the beginning's, and the text does not have it.
std::string FactInWords(const GatheredFact& fact, WallTime since) {
  const Span apart = fact.line.at < since ? since - fact.line.at : fact.line.at - since;
  const std::string clock = ClockTime(fact.line.at, since);
  const bool is_dated = fact.dated && apart > Span::Seconds(1) &&
                        !absl::StrContains(fact.line.text, clock.substr(0, clock.size() - 4));
  if (!fact.log.empty()) {
    return absl::StrCat(fact.log, is_dated ? " " : "", is_dated ? clock : "", ": ", fact.line.text);
  }
  return is_dated ? absl::StrCat(fact.line.text, " (", clock, ")") : fact.line.text;
}

// "db-1: systemd stop job 4711, no start queued; nothing listens on 3306", one line a host.
void AddFacts(const Incident& incident, const rules::Alert& lead, const model::Hosts& hosts,
              const std::string& title, std::vector<std::string>& lines) {
  const size_t most = lead.check.kind == "http" ? kMaxFactsOfAPage : kMaxFactsOfAHost;
  std::vector<std::pair<std::string, std::vector<std::string>>> by_host;
  for (const GatheredFact& fact : GatherFacts(incident, hosts)) {
    // The headline (with a capital, perhaps) and the impact have said it, or the commands will.
    const bool is_log = !fact.log.empty() || absl::StartsWith(fact.line.text, kItsLog);
    const std::string said = is_log ? WithoutLogPrefix(fact.line.text) : fact.line.text;
    if (fact.symptom || fact.has_line ||
        absl::StrContains(title, said.substr(std::min<size_t>(1, said.size()))) ||
        absl::StartsWith(fact.line.text, "to remove it: ")) {
      continue;
    }
    auto host = by_host.begin();
    while (host != by_host.end() && host->first != fact.line.host) ++host;
    if (host == by_host.end()) {
      if (by_host.size() == kMaxHosts) continue;
      host = by_host.insert(host, {fact.line.host, {}});
    }
    if (host->second.size() < most) {
      host->second.push_back(FactInWords(fact, incident.since));
    }
  }
  for (const auto& [host, facts] : by_host) {
    lines.push_back(absl::StrCat(CleanText(host, 64), ": ", absl::StrJoin(facts, "; ")));
  }
}

void AddTroubleLines(const Incident& incident, const rules::Alert& lead, const model::Hosts& hosts,
                     const std::string& title, const News& news, std::vector<std::string>& lines) {
  const std::vector<std::string> impacts = Impacts(incident, hosts);
  if (!impacts.empty()) lines.push_back(absl::StrCat("Impact: ", absl::StrJoin(impacts, "; ")));
  for (const std::string& also : AlsoBroken(incident, lead, title, hosts)) {
    lines.push_back(absl::StrCat("Also: ", also));
  }
  for (const std::string& over : EndedBeside(incident, title, news)) {
    lines.push_back(absl::StrCat("Over: ", over));
  }
  AddFacts(incident, lead, hosts, title, lines);
  // Open for what may come again: there is nothing to mend.
  if (lead.state != rules::AlertState::kFiring) return;
  const char* lead_in = "Do: ";
  for (const std::string& command : NextCommands(lead, hosts)) {
    lines.push_back(absl::StrCat(lead_in, command));
    lead_in = "    ";
  }
}

}  // namespace

std::string RenderTitle(const Incident& incident, const model::Hosts& hosts, const News& news) {
  const rules::Alert* lead = Lead(incident);
  const std::string stack = incident.stack.ToString();
  std::string title =
      IsResolved(incident) ? "RESOLVED" : Upper(rules::SeverityName(incident.severity));
  absl::StrAppend(&title, " ", stack, ": ");
  if (lead == nullptr) {
    absl::StrAppend(&title, incident.subject,
                    IsResolved(incident) ? " is well again." : " in trouble.");
  } else if (IsResolved(incident)) {
    absl::StrAppend(&title, ResolvedHeadline(incident, *lead, news));
  } else if (lead->state != rules::AlertState::kFiring) {
    // Open for what may come again.
    const bool flaps =
        std::any_of(incident.faults.begin(), incident.faults.end(),
                    [&](const Fault& fault) { return fault.flaps && fault.alert == lead->id; });
    absl::StrAppend(&title, ThingInWords(*lead), flaps ? " comes and goes," : "", " well since ",
                    ClockTime(lead->resolved_at, incident.since), ".");
  } else {
    absl::StrAppend(&title, OpenHeadline(incident, *lead, hosts, news));
  }
  return CleanText(title, kMaxTitle);
}

std::string PastTrouble(const rules::Alert& alert, const model::Hosts& hosts) {
  if (alert.check.kind == "http") {
    return FiguresOfPage(alert, FindCheck(hosts, alert.host, alert.check)).past;
  }
  if (alert.check.kind == "mysql" && IsPathClosed(alert, hosts)) {
    return absl::StrCat("the database at ", alert.check.target, " could not be reached from ",
                        alert.host.host);
  }
  if (alert.check.kind == "agent" && alert.reason == "HOST_STOPPING") return StoppedInWords(alert);
  if (IsCollectorCutOff(alert)) {
    return absl::StrCat("the collector was cut off from ", CutOffInWords(alert.host.stack, hosts));
  }
  return PastInWords(alert);
}

std::string RenderMessage(const Incident& incident, const model::Hosts& hosts,
                          const MessageOptions& options, const News& news) {
  const rules::Alert* lead = Lead(incident);
  const std::string title = RenderTitle(incident, hosts, news);
  std::vector<std::string> lines = {title};
  const WallTime since = lead != nullptr ? SinceOf(incident, *lead, hosts) : incident.since;
  lines.push_back(absl::StrCat("Since: ", TimeInWords(since, options.timezone)));
  if (IsResolved(incident)) {
    lines.push_back(absl::StrCat("Until: ", TimeInWords(incident.resolved_at, options.timezone)));
  }
  if (incident.late) {
    lines.push_back(absl::StrCat("Reported late: agent and collector were out of touch then; ",
                                 "learned ", TimeInWords(incident.opened_at, options.timezone)));
  }
  if (lead != nullptr && IsResolved(incident)) {
    for (const std::string& was : AllThatWas(incident, *lead)) {
      if (!absl::StrContains(title, was)) lines.push_back(absl::StrCat("Was: ", was));
    }
  } else if (lead != nullptr) {
    AddTroubleLines(incident, *lead, hosts, title, news, lines);
  }
  std::string link = absl::StrCat("Incident ", incident.id);
  if (!options.base_url.empty()) {
    absl::StrAppend(&link, ": ", options.base_url, "/incidents/", incident.id);
  }
  lines.push_back(std::move(link));
  return absl::StrJoin(lines, "\n");
}

}  // namespace faultline::incidents
