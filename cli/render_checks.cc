#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/gauge_text.h"
#include "cli/render_parts.h"

namespace faultline::cli {

Table CheckTable(const google::protobuf::RepeatedPtrField<v1::Check>& checks, const View& view,
                 bool with_host) {
  std::vector<const v1::Check*> sorted;
  for (const v1::Check& check : checks) sorted.push_back(&check);
  std::stable_sort(sorted.begin(), sorted.end(), [](const v1::Check* a, const v1::Check* b) {
    return Badness(static_cast<State>(a->state())) > Badness(static_cast<State>(b->state()));
  });
  Table table({{"STATE"},
               {"STACK", with_host && ShowsStack(checks, view)},
               {"HOST", with_host},
               {"CHECK"},
               {"REASON"},
               {"FOR"},
               {"SUBJECT", view.wide},
               {"SINCE", view.wide},
               {"OBSERVED", view.wide},
               {"DETAIL"}});
  for (const v1::Check* check : sorted) {
    // A silent host's state is what was last known: shown, but not as if it were seen now.
    const std::string stale = check->stale() ? "(last known) " : "";
    table.AddRow({Cell(StateText(check->state()), StyleOf(check->state())),
                  StackName(check->stack()), check->host(), check->id(), check->reason(),
                  Age(check->since(), view.now), check->subject(), Moment(check->since()),
                  Moment(check->observed_at()), absl::StrCat(stale, check->detail())});
  }
  return table;
}

std::string RenderChecks(const v1::ListChecksResponse& checks, const View& view) {
  if (checks.checks().empty()) return "No checks.\n";
  return CheckTable(checks.checks(), view, /*with_host=*/true).Render(view.color, view.width);
}

std::string RenderCheck(const v1::Check& check, const View& view) {
  const std::string age = Age(check.since(), view.now);
  const std::string since =
      age.empty() ? "" : absl::StrCat(Moment(check.since()), " (", age, " ago)");
  std::string out =
      Fields({{"Check", Cell(check.id(), Style::kBold)},
              {"Host", absl::StrCat(check.host(), " (", StackName(check.stack()), ")")},
              {"State", Cell(absl::StrCat(StateText(check.state()),
                                          check.stale() ? " (last known: its host is silent)" : ""),
                             StyleOf(check.state()))},
              {"Reason", check.reason()},
              {"Detail", check.detail()},
              {"Subject", check.subject()},
              {"Since", since},
              {"Observed", Moment(check.observed_at())}},
             view);
  if (check.evidence_size() > 0) out += Heading("EVIDENCE", view);
  for (const v1::Evidence& evidence : check.evidence()) {
    absl::StrAppend(&out, "  ", Cell(evidence.text()).text, "\n");
  }
  if (check.gauges_size() > 0) {
    out += Heading("GAUGES", view);
    std::vector<std::pair<std::string, Cell>> gauges;
    for (const v1::Gauge& gauge : check.gauges()) {
      gauges.emplace_back(absl::StrCat("  ", Cell(gauge.name()).text),
                          GaugeText(gauge.name(), gauge.value()));
    }
    out += Fields(gauges, view);
  }
  return out;
}

}  // namespace faultline::cli
