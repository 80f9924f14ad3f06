#include "collector/incidents/cause.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/database_error.h"
#include "collector/incidents/message_words.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

// How long before its end a program that fails says why, and one that is ended says anything.
constexpr Span kLastWords = Span::Seconds(5);
constexpr Span kLastMoment = Span::Seconds(1);
constexpr Span kLongestInterval = Span::Seconds(30);
// A look takes a moment, and its time is that of its end.
constexpr Span kLook = Span::Seconds(1);
// Of clocks that were not compared yet.
constexpr Span kUnknownClock = Span::Seconds(5);
constexpr size_t kMaxQuoted = 160;

// systemd's own words at the end of a start that failed: they tell that, not why.
bool IsFailedStart(const std::string& line) { return absl::StartsWith(line, "Failed to start "); }

// "notes.service: Failed with result 'exit-code'.": systemd's, too.
bool IsOfSystemd(const std::string& line, const std::string& unit) {
  return IsFailedStart(line) || absl::StartsWith(line, unit + ": ");
}

// Whether the host has other units of this subject: a file of the subject may be any one's of them.
bool IsOneOfSeveral(const model::HostPicture& host, const rules::Alert& lead) {
  return std::any_of(host.checks.begin(), host.checks.end(), [&](const auto& entry) {
    const model::CheckPicture& check = entry.second;
    return check.id.kind == "unit" && check.subject == lead.subject && check.id != lead.check;
  });
}

size_t UnitCount(const model::HostPicture& host) {
  return static_cast<size_t>(
      std::count_if(host.checks.begin(), host.checks.end(),
                    [](const auto& entry) { return entry.first.kind == "unit"; }));
}

bool IsOfUnit(const model::CheckPicture& log, const rules::Alert& lead,
              const model::CheckPicture* unit) {
  if (log.id.target == lead.check.target) return true;
  return unit != nullptr && !unit->unit.empty() && log.unit == unit->unit;
}

// Lines of the host's logs that `concerns` chooses, since then, oldest first.
template <typename Concerns>
std::vector<model::Fact> LinesOf(const model::HostPicture& host, WallTime from,
                                 const Concerns& concerns) {
  std::vector<model::Fact> lines;
  for (const auto& [id, check] : host.checks) {
    if (id.kind != "log" || check.state == State::kOk || !concerns(check)) continue;
    for (const model::Fact& fact : check.evidence) {
      if (fact.at >= from) lines.push_back(fact);
    }
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const model::Fact& a, const model::Fact& b) { return a.at < b.at; });
  return lines;
}

// How much earlier than its beginning what leads may have been caused.
Span LooksBack(const rules::Alert& lead, const model::CheckPicture* check) {
  if (lead.check.kind == "unit") {
    const bool was_ended = lead.reason == "UNIT_STOPPING" || lead.reason == "UNIT_INACTIVE";
    return was_ended ? kLastMoment : kLastWords;
  }
  const Span interval = check == nullptr ? Span{} : std::min(check->interval, kLongestInterval);
  return Span{kLook.ns + interval.ns};
}

// How far the times of two hosts may be apart that tell of the same moment.
Span ClockSlack(const model::Hosts& hosts, const HostId& one, const HostId& other) {
  Span slack;
  for (const HostId& id : {one, other}) {
    const auto host = hosts.find(id);
    const bool known = host != hosts.end() && host->second->clock_uncertainty.ns > 0;
    slack.ns += (known ? host->second->clock_uncertainty : kUnknownClock).ns;
  }
  return slack;
}

}  // namespace

WallTime EvidenceFrom(const rules::Alert& lead, const model::Hosts& hosts, const HostId& witness) {
  const model::CheckPicture* check = FindCheck(hosts, lead.host, lead.check);
  WallTime from = lead.since - LooksBack(lead, check);
  if (check != nullptr) {
    // Of a unit the run that ended, of a look the one before.
    from = std::max(
        from, std::min(lead.check.kind == "unit" ? check->ok_since : check->last_ok, lead.since));
  }
  return witness == lead.host ? from : from - ClockSlack(hosts, lead.host, witness);
}

UnitCause CauseOfUnit(const rules::Alert& lead, const model::Hosts& hosts) {
  const auto host = hosts.find(lead.host);
  if (host == hosts.end()) return {};
  const model::CheckPicture* unit = FindCheck(hosts, lead.host, lead.check);
  const WallTime from = EvidenceFrom(lead, hosts, lead.host);
  std::vector<model::Fact> lines =
      LinesOf(*host->second, from,
              [&](const model::CheckPicture& log) { return IsOfUnit(log, lead, unit); });
  UnitCause cause;
  cause.start_failed = std::any_of(
      lines.begin(), lines.end(), [](const model::Fact& line) { return IsFailedStart(line.text); });
  std::erase_if(lines, [&](const model::Fact& line) {
    return IsOfSystemd(line.text, lead.check.target) ||
           (unit != nullptr && !unit->unit.empty() && IsOfSystemd(line.text, unit->unit));
  });
  if (lines.empty() && !IsOneOfSeveral(*host->second, lead)) {
    // Its own error log, where it keeps one beside the journal.
    const std::string of_host = "host " + lead.host.host;
    const bool is_only = UnitCount(*host->second) == 1;
    lines = LinesOf(*host->second, from, [&](const model::CheckPicture& log) {
      const bool may_be = log.subject == lead.subject || (is_only && log.subject == of_host);
      return may_be && absl::StartsWith(log.id.target, "/");
    });
  }
  if (!lines.empty()) {
    cause.line = WithoutLogPrefix(lines.front().text);
  } else if (unit != nullptr) {
    for (const model::Fact& fact : unit->evidence) {
      if (fact.at >= from && absl::StartsWith(fact.text, kItsLog)) {
        cause.line = WithoutLogPrefix(fact.text);
        break;
      }
    }
  }
  return cause;
}

std::optional<std::string> CauseOfPage(const rules::Alert& lead, const model::Hosts& hosts) {
  std::vector<model::Fact> lines;
  if (const model::CheckPicture* page = FindCheck(hosts, lead.host, lead.check); page != nullptr) {
    lines = page->evidence;
  }
  if (const auto host = hosts.find(lead.host); host != hosts.end()) {
    const std::vector<model::Fact> logged =
        LinesOf(*host->second, EvidenceFrom(lead, hosts, lead.host),
                [&](const model::CheckPicture& log) { return log.subject == lead.subject; });
    lines.insert(lines.end(), logged.begin(), logged.end());
  }
  for (const model::Fact& line : lines) {
    if (const std::optional<int> number = DatabaseErrorIn(line.text); number.has_value()) {
      return DatabaseErrorInWords(*number);
    }
  }
  return std::nullopt;
}

std::string CauseWords(const rules::Alert& alert, const model::Hosts& hosts) {
  std::string words = alert.reason;
  std::string cause;
  if (alert.check.kind == "unit") {
    // A stop is one thing from beginning to end, and so are the failures of a crash loop.
    if (words == "UNIT_STOPPING") words = "UNIT_INACTIVE";
    if (words == "UNIT_CRASH_LOOP") words = "UNIT_FAILED";
    if (words == "UNIT_FAILED") cause = CauseOfUnit(alert, hosts).line;
  } else if (alert.check.kind == "http" && absl::StartsWith(words, "STATUS_")) {
    cause = CauseOfPage(alert, hosts).value_or("");
  }
  std::erase_if(cause, [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
  return cause.empty() ? words : absl::StrCat(words, ": ", cause);
}

bool IsPathClosed(const rules::Alert& login, const model::Hosts& hosts) {
  const model::CheckPicture* check = FindCheck(hosts, login.host, login.check);
  if (check == nullptr || login.reason != "NO_GREETING" || check->remote_address.empty()) {
    return false;
  }
  const auto& checks = hosts.at(login.host)->checks;
  return std::any_of(checks.begin(), checks.end(), [&](const auto& entry) {
    const model::CheckPicture& port = entry.second;
    return port.id.kind == "port" && port.state == State::kCritical &&
           port.remote_address == check->remote_address && port.remote_port == check->remote_port;
  });
}

std::string WithoutLogPrefix(const std::string& line) {
  std::string_view rest = line;
  if (rest.starts_with(kItsLog)) rest.remove_prefix(sizeof(kItsLog) - 1);
  for (const std::string_view tag : {"[ERROR] ", "[Error] ", "[error] ", "[emerg] ", "[crit] "}) {
    if (const size_t at = rest.find(tag); at != std::string_view::npos) {
      rest.remove_prefix(at + tag.size());
      break;
    }
  }
  // MySQL's "[MY-000067] [Server] ", nginx' "4711#4711: ", a program's own path.
  while (rest.starts_with("[")) {
    const size_t end = rest.find("] ");
    if (end == std::string_view::npos || end > 20) break;
    rest.remove_prefix(end + 2);
  }
  const size_t colon = rest.find(": ");
  const std::string_view first = rest.substr(0, std::min(colon, rest.find(' ')));
  const bool is_program = first.starts_with("/") || first.find('#') != std::string_view::npos;
  if (colon != std::string_view::npos && first.size() == colon && is_program) {
    rest.remove_prefix(colon + 2);
  }
  return CleanText(rest.substr(std::min(rest.find_first_not_of(' '), rest.size())), kMaxQuoted);
}

}  // namespace faultline::incidents
