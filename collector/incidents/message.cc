#include "collector/incidents/message.h"

#include <cctype>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/incidents/message_facts.h"
#include "collector/incidents/message_headline.h"
#include "collector/incidents/message_words.h"
#include "collector/incidents/next_command.h"
#include "collector/incidents/trouble_words.h"
#include "collector/rules/blind.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxTitle = 600;
constexpr size_t kMaxFactsOfAHost = 4;
constexpr size_t kMaxHosts = 4;

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(toupper(c));
  return upper;
}

bool IsResolved(const Incident& incident) { return incident.state == IncidentState::kResolved; }

std::string Lasted(const Incident& incident) {
  return SpanInWords(incident.resolved_at - incident.since);
}

// What an agent says of itself while it is not well: no configuration names it.
bool IsAgentsOwn(const CheckId& check) { return check.kind == "identity" || check.kind == "spool"; }

// After "RESOLVED shop-prod: ".
std::string ResolvedHeadline(const Incident& incident, const rules::Alert& lead) {
  const std::string subject = SubjectInWords(incident, lead);
  if (lead.state == rules::AlertState::kWithdrawn && IsAgentsOwn(lead.check)) {
    return absl::StrCat(subject, " is well again after ", Lasted(incident), ". The agent on ",
                        lead.host.host, " was started anew and does not report it any more.");
  }
  if (lead.state == rules::AlertState::kWithdrawn) {
    return absl::StrCat(subject, " is not watched any more. ",
                        Sentence(absl::StrCat(lead.check.ToString(), " on ", lead.host.host,
                                              " was removed from the configuration")));
  }
  if (rules::IsBlind(lead)) {
    const size_t count = incident.alerts.size();
    return absl::StrCat(count == 1 ? subject : absl::StrCat(count, " checks on ", lead.host.host),
                        " can look again after ", Lasted(incident), ".");
  }
  // Told only after its end: the trouble is the news, not that it is over.
  if (incident.late) {
    return absl::StrCat(subject, " was ", ServiceTrouble(lead), " for ", Lasted(incident),
                        ", reported late. ", Sentence(PastTrouble(lead)));
  }
  std::string headline = absl::StrCat(subject, " is well again after ", Lasted(incident), ".");
  if (!lead.detail.empty()) absl::StrAppend(&headline, " ", Explanation(lead));
  return headline;
}

// "db-1: systemd stop job 4711, no start queued; nothing listens on 3306", one line a host.
void AddFacts(const Incident& incident, const model::Hosts& hosts, const std::string& title,
              std::vector<std::string>& lines) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_host;
  for (const GatheredFact& fact : GatherFacts(incident, hosts)) {
    // The headline (with a capital, perhaps) and the impact have said it, or the commands will.
    if (fact.symptom || absl::StrContains(title, fact.line.text.substr(1)) ||
        absl::StartsWith(fact.line.text, "to remove it: ")) {
      continue;
    }
    auto host = by_host.begin();
    while (host != by_host.end() && host->first != fact.line.host) ++host;
    if (host == by_host.end()) {
      if (by_host.size() == kMaxHosts) continue;
      host = by_host.insert(host, {fact.line.host, {}});
    }
    if (host->second.size() < kMaxFactsOfAHost) host->second.push_back(fact.line.text);
  }
  for (const auto& [host, facts] : by_host) {
    lines.push_back(absl::StrCat(CleanText(host, 64), ": ", absl::StrJoin(facts, "; ")));
  }
}

void AddTroubleLines(const Incident& incident, const rules::Alert& lead, const model::Hosts& hosts,
                     const std::string& title, std::vector<std::string>& lines) {
  const std::vector<std::string> impacts = Impacts(incident, hosts);
  if (!impacts.empty()) lines.push_back(absl::StrCat("Impact: ", absl::StrJoin(impacts, "; ")));
  AddFacts(incident, hosts, title, lines);
  const char* lead_in = "Do: ";
  for (const std::string& command : NextCommands(lead, hosts)) {
    lines.push_back(absl::StrCat(lead_in, command));
    lead_in = "    ";
  }
}

}  // namespace

std::string RenderTitle(const Incident& incident, const model::Hosts&) {
  const rules::Alert* lead = Lead(incident);
  const std::string stack = incident.stack.ToString();
  std::string title =
      IsResolved(incident) ? "RESOLVED" : Upper(rules::SeverityName(incident.severity));
  absl::StrAppend(&title, " ", stack, ": ");
  if (lead == nullptr) {
    absl::StrAppend(&title, incident.subject,
                    IsResolved(incident) ? " is well again." : " in trouble.");
  } else if (IsResolved(incident)) {
    absl::StrAppend(&title, ResolvedHeadline(incident, *lead));
  } else {
    absl::StrAppend(&title, Trouble(incident, *lead), ". ", Explanation(*lead));
  }
  return CleanText(title, kMaxTitle);
}

std::string RenderMessage(const Incident& incident, const model::Hosts& hosts,
                          const MessageOptions& options) {
  const rules::Alert* lead = Lead(incident);
  const std::string title = RenderTitle(incident, hosts);
  std::vector<std::string> lines = {title};
  lines.push_back(absl::StrCat("Since: ", TimeInWords(incident.since, options.timezone)));
  if (IsResolved(incident)) {
    lines.push_back(absl::StrCat("Until: ", TimeInWords(incident.resolved_at, options.timezone)));
  }
  if (incident.late) {
    lines.push_back(absl::StrCat("Reported late: agent and collector were out of touch then; ",
                                 "learned ", TimeInWords(incident.opened_at, options.timezone)));
  }
  if (lead != nullptr && IsResolved(incident)) {
    const std::string was = CleanText(PastTrouble(*lead), 300);
    if (!absl::StrContains(title, was)) lines.push_back(absl::StrCat("Was: ", was));
  } else if (lead != nullptr) {
    AddTroubleLines(incident, *lead, hosts, title, lines);
  }
  std::string link = absl::StrCat("Incident ", incident.id);
  if (!options.base_url.empty()) {
    absl::StrAppend(&link, ": ", options.base_url, "/incidents/", incident.id);
  }
  lines.push_back(std::move(link));
  return absl::StrJoin(lines, "\n");
}

}  // namespace faultline::incidents
