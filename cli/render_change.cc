#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/live_picture.h"
#include "cli/render_parts.h"
#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

struct ChangeLine {
  google::protobuf::Timestamp at;
  std::string what;  // "check", "host", "alert", "incident"
  Cell word{""};     // "CRITICAL", "silent", "firing", "open"
  std::vector<std::string> rest;
};

ChangeLine Describe(const v1::Host& host) {
  return {.at = host.link_since(),
          .what = "host",
          .word = Cell(LinkText(host.link()), StyleOf(host.link())),
          .rest = {HostPath(host.stack(), host.name()),
                   host.link() == v1::Host::LINK_CONNECTED || host.checks() == 0
                       ? ""
                       : "(what its checks said is last known)"}};
}

ChangeLine Describe(const v1::Check& check) {
  return {.at = check.since(),
          .what = "check",
          .word = Cell(StateText(check.state()), StyleOf(check.state())),
          .rest = {HostPath(check.stack(), check.host()), check.id(), check.reason(),
                   check.stale() ? "(last known: its host is not connected)" : "", check.detail()}};
}

ChangeLine Describe(const v1::Alert& alert) {
  ChangeLine change{.at = alert.since(),
                    .what = "alert",
                    .word = Cell(AlertStateText(alert.state()), StyleOf(alert.state())),
                    .rest = {HostPath(alert.stack(), alert.host()), alert.name(), alert.check(),
                             alert.reason(), alert.decision()}};
  if (alert.state() == v1::Alert::STATE_FIRING && alert.has_fired_at()) {
    change.at = alert.fired_at();
  } else if (alert.has_resolved_at()) {
    change.at = alert.resolved_at();
  }
  return change;
}

ChangeLine Describe(const v1::Incident& incident) {
  const bool open = incident.state() == v1::Incident::STATE_OPEN;
  return {.at = open ? incident.opened_at() : incident.resolved_at(),
          .what = "incident",
          .word = Cell(IncidentStateText(incident.state()), StyleOf(incident.state())),
          .rest = {StackName(incident.stack()), absl::StrCat("#", incident.id()),
                   incident.severity(), incident.subject() + ":", ShortTitle(incident)}};
}

ChangeLine Describe(const v1::LiveEvent& event) {
  switch (event.change_case()) {
    case v1::LiveEvent::kHost:
      return Describe(event.host());
    case v1::LiveEvent::kCheck:
      return Describe(event.check());
    case v1::LiveEvent::kAlert:
      return Describe(event.alert());
    case v1::LiveEvent::kIncident:
      return Describe(event.incident());
    case v1::LiveEvent::kCheckRemoved:
      return {
          .what = "check", .word = Cell("removed", Style::kFaint), .rest = {event.check_removed()}};
    case v1::LiveEvent::kResync:
    case v1::LiveEvent::CHANGE_NOT_SET:
      break;
  }
  return {
      .what = "feed", .word = Cell("resync", Style::kFaint), .rest = {"everything is read again"}};
}

}  // namespace

std::string RenderChange(const v1::LiveEvent& event, const View& view) {
  const ChangeLine change = Describe(event);
  const WallTime at = change.at.seconds() == 0 ? view.now : ToWallTime(change.at);
  std::vector<std::string> rest;
  for (const std::string& part : change.rest) {
    if (!part.empty()) rest.push_back(TerminalText(part));
  }
  constexpr size_t kWordWidth = 9;  // "connected"
  const size_t width = DisplayWidth(change.word.text);
  return absl::StrCat(Paint(FormatForPeople(at), Style::kFaint, view.color), "  ",
                      absl::StrFormat("%-8s  ", change.what),
                      Paint(change.word.text, change.word.style, view.color),
                      std::string(width < kWordWidth ? kWordWidth - width : 0, ' '), "  ",
                      absl::StrJoin(rest, "  "), "\n");
}

}  // namespace faultline::cli
