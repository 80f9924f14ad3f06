#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/render_parts.h"
#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

struct Count {
  uint32_t number;
  std::string_view word;
  Style style;
  bool always;  // shown also when it is nought
};

std::string Counts(std::initializer_list<Count> counts, const View& view) {
  std::vector<std::string> parts;
  for (const Count& count : counts) {
    if (count.number == 0 && !count.always) continue;
    const Style style = count.number == 0 ? Style::kPlain : count.style;
    parts.push_back(
        Paint(absl::StrCat(count.number, " ", std::string(count.word)), style, view.color));
  }
  return parts.empty() ? "none" : absl::StrJoin(parts, ", ");
}

std::string Head(const v1::Status& status, std::string_view collector, const View& view) {
  const std::string age = Age(status.started_at(), view.now);
  const std::string up = age.empty() ? "" : age == "0s" ? ", just started" : ", up " + age;
  return absl::StrCat(Paint(absl::StrCat("Faultline ", TerminalText(status.version(), 64)),
                            Style::kBold, view.color),
                      " at ", TerminalText(collector), up,
                      status.has_now() ? absl::StrCat("; ", Moment(status.now())) : "", "\n\n");
}

constexpr Span kStuckAfter = Span::Seconds(10);

bool IsStuck(const v1::ChannelStatus& channel, WallTime now) {
  return channel.has_failing_since() && channel.waiting() > 0 &&
         ToWallTime(channel.failing_since()) + kStuckAfter < now;
}

// "pager OK", "pager fails for 2 min: http://127.0.0.1:1 cannot connect; 3 incidents wait".
std::string ChannelText(const v1::ChannelStatus& channel, const View& view) {
  const std::string name = TerminalText(channel.name(), 64);
  std::string text;
  if (channel.has_failing_since()) {
    text = Paint(absl::StrCat(name, " fails for ", Age(channel.failing_since(), view.now)),
                 IsStuck(channel, view.now) ? Style::kBad : Style::kWarning, view.color);
    absl::StrAppend(&text, ": ", TerminalText(channel.error(), 300));
  } else {
    text = absl::StrCat(name, " ", Paint("OK", Style::kGood, view.color));
  }
  if (channel.waiting() > 0) {
    absl::StrAppend(&text, "; ", channel.waiting(),
                    channel.waiting() == 1 ? " incident waits" : " incidents wait");
    const std::string age = Age(channel.oldest_waiting_at(), view.now);
    if (channel.has_oldest_waiting_at() && !age.empty()) absl::StrAppend(&text, " since ", age);
  }
  return text;
}

// "1 host not heard since 06:46:31 UTC (db-1): its 32 checks are last known".
std::string Unheard(const v1::Status& status, const View& view) {
  constexpr int kMostNames = 3;
  uint32_t checks = 0;
  std::vector<std::string> names;
  for (const v1::Host& host : status.unheard_hosts()) {
    // Without the collector's own check of it, which goes on.
    checks += std::max(host.checks(), 1U) - 1;
    if (names.size() < kMostNames) names.push_back(TerminalText(host.name(), 100));
  }
  const int count = status.unheard_hosts_size();
  if (count > kMostNames) names.push_back(absl::StrCat(count - kMostNames, " more"));
  // The day only where it is another.
  std::string since = Moment(status.unheard_hosts(0).last_heard_at());
  const std::string today = FormatForPeople(view.now).substr(0, 10);
  if (since.rfind(today, 0) == 0) since = since.substr(11);
  const size_t fraction = since.find('.');
  if (fraction != std::string::npos) since.erase(fraction, 4);
  return absl::StrCat(
      count, count == 1 ? " host" : " hosts", " not heard",
      since.empty() ? "" : absl::StrCat(count == 1 ? " since " : ", the first since ", since), " (",
      absl::StrJoin(names, ", "), "): ", count == 1 ? "its " : "their ", checks,
      checks == 1 ? " check is" : " checks are", " last known");
}

// "refused 5 min ago, the next start may fail: collector.yaml:3: heartbeat: ..."
std::string RefusedReload(const v1::ReloadRefusal& refusal, const View& view) {
  const std::string age = Age(refusal.at(), view.now);
  std::string out = Paint(absl::StrCat("refused", age.empty() ? "" : absl::StrCat(" ", age, " ago"),
                                       ", the next start may fail"),
                          Style::kBad, view.color);
  const char* joint = ": ";
  for (const auto line : absl::StrSplit(refusal.error(), '\n', absl::SkipEmpty())) {
    absl::StrAppend(&out, joint, TerminalText(std::string(line), 300));
    joint = "\n        ";
  }
  return out;
}

}  // namespace

bool HasStuckChannel(const v1::Status& status) {
  for (const v1::ChannelStatus& channel : status.channels()) {
    if (IsStuck(channel, ToWallTime(status.now()))) return true;
  }
  return false;
}

std::string RenderStatus(const v1::Status& status, std::string_view collector, View view) {
  if (status.has_now()) view.now = ToWallTime(status.now());
  const auto label = [&](const char* text) { return Paint(text, Style::kFaint, view.color); };
  std::string out = Head(status, collector, view);
  absl::StrAppend(
      &out, label("Hosts   "),
      Counts({{status.hosts_connected(), "connected", Style::kGood, true},
              {status.hosts_silent() - status.hosts_said_goodbye(), "silent", Style::kBad, false},
              {status.hosts_said_goodbye(), "stopped on purpose", Style::kUnknown, false}},
             view),
      "\n");
  absl::StrAppend(&out, label("Checks  "),
                  Counts({{status.checks_critical(), "CRITICAL", Style::kBad, false},
                          {status.checks_warning(), "WARNING", Style::kWarning, false},
                          {status.checks_unknown(), "UNKNOWN", Style::kUnknown, false},
                          {status.checks_last_known(), "last known OK", Style::kUnknown, false},
                          {status.checks_ok(), "OK", Style::kGood, true}},
                         view),
                  "\n");
  absl::StrAppend(&out, label("Alerts  "),
                  Counts({{status.alerts_firing(), "firing", Style::kBad, false},
                          {status.alerts_pending(), "pending", Style::kWarning, false}},
                         view),
                  "\n");
  const char* notify = "Notify  ";
  bool has_failing_channel = false;
  for (const v1::ChannelStatus& channel : status.channels()) {
    absl::StrAppend(&out, label(notify), ChannelText(channel, view), "\n");
    notify = "        ";
    has_failing_channel = has_failing_channel || channel.has_failing_since();
  }

  if (status.has_reload_refused()) {
    absl::StrAppend(&out, label("Reload  "), RefusedReload(status.reload_refused(), view), "\n");
  }

  if (!status.unheard_hosts().empty()) {
    absl::StrAppend(&out, "\n", Paint(Unheard(status, view), Style::kBad, view.color), "\n");
  }
  if (!status.open_incidents().empty()) {
    Table table({{"ID", true, true},
                 {"SEVERITY"},
                 {"STACK", ShowsStack(status.open_incidents(), view)},
                 {"SUBJECT"},
                 {"FOR"},
                 {"TITLE"}});
    for (const v1::Incident& incident : status.open_incidents()) {
      table.AddRow({absl::StrCat(incident.id()),
                    Cell(incident.severity(), StyleOfSeverity(incident.severity())),
                    StackName(incident.stack()), incident.subject(),
                    Age(incident.since(), view.now), ShortTitle(incident)});
    }
    out += Heading("OPEN INCIDENTS", view) + table.Render(view.color, view.width);
  }
  if (!status.troubled_checks().empty()) {
    out += Heading("NOT OK", view) + CheckTable(status.troubled_checks(), view, /*with_host=*/true)
                                         .Render(view.color, view.width);
  }
  const uint32_t hosts = status.hosts_connected() + status.hosts_silent();
  if (hosts == 0) {
    absl::StrAppend(&out, "\nNo host has connected yet.\n", AddAHost());
  } else if (status.troubled_checks().empty() && status.open_incidents().empty() &&
             status.hosts_silent() == 0 && !has_failing_channel && !status.has_reload_refused()) {
    absl::StrAppend(&out, "\n", Paint("Everything is OK.", Style::kGood, view.color), "\n");
  }
  return out;
}

}  // namespace faultline::cli
