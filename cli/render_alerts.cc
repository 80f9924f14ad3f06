#include "absl/strings/str_cat.h"
#include "cli/render_parts.h"

namespace faultline::cli {
namespace {

// How long it has lasted, or did until it ended.
std::string AlertLasted(const v1::Alert& alert, WallTime now) {
  return Age(alert.since(), alert.has_resolved_at() ? ToWallTime(alert.resolved_at()) : now);
}

}  // namespace

std::string RenderAlerts(const v1::ListAlertsResponse& alerts, const View& view) {
  if (alerts.alerts().empty()) return "No alerts.\n";
  Table table({{"STATE"},
               {"SEVERITY"},
               {"ALERT"},
               {"STACK", ShowsStack(alerts.alerts(), view)},
               {"HOST"},
               {"CHECK"},
               {"REASON"},
               {"FOR"},
               {"INCIDENT", true, true},
               {"SUBJECT", view.wide},
               {"SINCE", view.wide},
               {"WHY"}});
  for (const v1::Alert& alert : alerts.alerts()) {
    table.AddRow({Cell(AlertStateText(alert.state()), StyleOf(alert.state())),
                  Cell(alert.severity(), StyleOfSeverity(alert.severity())), alert.name(),
                  StackName(alert.stack()), alert.host(), alert.check(), alert.reason(),
                  AlertLasted(alert, view.now),
                  alert.incident() == 0 ? "" : absl::StrCat(alert.incident()), alert.subject(),
                  Moment(alert.since()), alert.decision()});
  }
  return table.Render(view.color, view.width);
}

}  // namespace faultline::cli
