#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/render_parts.h"
#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

constexpr size_t kMaxMessageLines = 200;

// How long it lasted, or has lasted so far.
std::string IncidentLasted(const v1::Incident& incident, WallTime now) {
  const bool ended = incident.resolved_at().seconds() != 0;
  return Age(incident.since(), ended ? ToWallTime(incident.resolved_at()) : now);
}

std::string RenderTimeline(const v1::Incident& incident, const View& view) {
  Table table({{"AT"},
               {"RECORDED", view.wide},
               {"WHAT"},
               {"HOST"},
               {"CHECK"},
               {"STATE"},
               {"REASON"},
               {"TEXT"}});
  for (const v1::TimelineEntry& entry : incident.timeline()) {
    const bool has_state = entry.state() != v1::STATE_UNSPECIFIED;
    table.AddRow({Moment(entry.at()), Moment(entry.recorded_at()),
                  absl::StrCat(entry.kind(), entry.late() ? " (late)" : ""), entry.host(),
                  entry.check(),
                  Cell(has_state ? StateText(entry.state()) : "", StyleOf(entry.state())),
                  entry.reason(), entry.text()});
  }
  return table.Render(view.color, view.width);
}

}  // namespace

std::string RenderIncidents(const v1::ListIncidentsResponse& incidents, const View& view) {
  if (incidents.incidents().empty()) return "No incidents.\n";
  Table table({{"ID", true, true},
               {"STATE"},
               {"SEVERITY"},
               {"STACK", ShowsStack(incidents.incidents(), view)},
               {"SUBJECT"},
               {"HOST"},
               {"BEGAN"},
               {"LASTED"},
               {"REASON", view.wide},
               {"TITLE"}});
  for (const v1::Incident& incident : incidents.incidents()) {
    table.AddRow({absl::StrCat(incident.id()),
                  Cell(IncidentStateText(incident.state()), StyleOf(incident.state())),
                  Cell(incident.severity(), StyleOfSeverity(incident.severity())),
                  StackName(incident.stack()), incident.subject(), incident.host(),
                  Moment(incident.since()), IncidentLasted(incident, view.now), incident.reason(),
                  ShortTitle(incident)});
  }
  return table.Render(view.color, view.width);
}

std::string RenderIncident(const v1::Incident& incident, const View& view) {
  std::string out;
  // The message as it was sent: its own lines, each cleaned.
  size_t lines = 0;
  for (const auto line : absl::StrSplit(incident.text(), '\n')) {
    if (++lines > kMaxMessageLines) break;
    const std::string clean = TerminalText({line.data(), line.size()}, 2048);
    const Style style = lines == 1 ? StyleOfSeverity(incident.severity()) : Style::kPlain;
    if (!clean.empty()) absl::StrAppend(&out, Paint(clean, style, view.color), "\n");
  }
  if (!out.empty()) out += "\n";
  out += Fields({{"Incident", absl::StrCat(incident.id())},
                 {"State", Cell(IncidentStateText(incident.state()), StyleOf(incident.state()))},
                 {"Stack", StackName(incident.stack())},
                 {"Subject", incident.subject()},
                 {"Host", incident.host()},
                 {"Reason", incident.reason()},
                 {"Since", Moment(incident.since())},
                 {"Opened", Moment(incident.opened_at())},
                 {"Resolved", Moment(incident.resolved_at())},
                 {"Lasted", IncidentLasted(incident, view.now)},
                 {"Key", incident.dedup_key()}},
                view);
  if (incident.evidence_size() > 0) out += Heading("EVIDENCE", view);
  for (const v1::Evidence& evidence : incident.evidence()) {
    absl::StrAppend(&out, "  ", TerminalText(evidence.text()), "\n");
  }
  if (incident.alerts_size() > 0) {
    v1::ListAlertsResponse alerts;
    *alerts.mutable_alerts() = incident.alerts();
    out += Heading("ALERTS", view) + RenderAlerts(alerts, view);
  }
  if (incident.timeline_size() > 0)
    out += Heading("TIMELINE", view) + RenderTimeline(incident, view);
  return out;
}

}  // namespace faultline::cli
