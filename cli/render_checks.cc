#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/gauge_text.h"
#include "cli/render_parts.h"

namespace faultline::cli {
namespace {

// "4m", "3h": of an old state nobody needs it to the second.
std::string RoughAge(const google::protobuf::Timestamp& time, WallTime now) {
  if (time.seconds() == 0) return "";
  const int64_t seconds = std::max<int64_t>((now - ToWallTime(time)).ns / 1'000'000'000, 0);
  int64_t unit = 1;
  for (const int64_t longer : {60, 3600, 86'400}) {
    if (seconds >= longer) unit = longer;
  }
  return FormatSpan(Span::Seconds(seconds - seconds % unit));
}

// What a host that is not connected last said is shown, but not as if it were seen now: a green
// word would say more than is known.
Cell StateCell(const v1::Check& check, const View& view) {
  const std::string word = StateText(check.state());
  if (!check.stale()) return Cell(word, StyleOf(check.state()));
  const std::string age = RoughAge(check.observed_at(), view.now);
  return Cell(
      absl::StrCat(word, " (last known", age.empty() ? "" : absl::StrCat(" ", age, " ago"), ")"),
      check.state() == v1::STATE_OK ? Style::kUnknown : StyleOf(check.state()));
}

}  // namespace

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
    table.AddRow({StateCell(*check, view), StackName(check->stack()), check->host(), check->id(),
                  check->reason(), Age(check->since(), view.now), check->subject(),
                  Moment(check->since()), Moment(check->observed_at()), check->detail()});
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
              {"State", StateCell(check, view)},
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
