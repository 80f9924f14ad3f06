#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/render_parts.h"
#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

Cell RowState(v1::VerifyRow::State state) {
  switch (state) {
    case v1::VerifyRow::STATE_PASS:
      return Cell("pass", Style::kGood);
    case v1::VerifyRow::STATE_FAIL:
      return Cell("FAIL", Style::kBad);
    case v1::VerifyRow::STATE_NOT_CHECKED:
      return Cell("not checked", Style::kWarning);
    case v1::VerifyRow::STATE_STALE:
      return Cell("stale", Style::kUnknown);
    case v1::VerifyRow::STATE_NOT_APPLICABLE:
      return Cell("n/a", Style::kFaint);
    default:
      return Cell("unknown", Style::kUnknown);
  }
}

std::string Summary(const v1::Verification& verification, const View& view) {
  std::map<v1::VerifyRow::State, int> counts;
  for (const v1::VerifyRow& row : verification.rows()) ++counts[row.state()];
  const int all = verification.rows_size();
  const int passed = counts[v1::VerifyRow::STATE_PASS];
  const int without = counts[v1::VerifyRow::STATE_NOT_APPLICABLE];
  const std::string not_applicable =
      without == 0 ? "" : absl::StrCat("; ", without, without == 1 ? " does" : " do", " not apply");
  if (passed + without == all && passed > 0) {
    return Paint(absl::StrCat("All ", passed, " rows of ", StackName(verification.stack()),
                              " are as expected", not_applicable, "."),
                 Style::kGood, view.color);
  }
  std::vector<std::string> parts;
  for (const auto& [state, style, words] :
       {std::tuple{v1::VerifyRow::STATE_FAIL, Style::kBad, " not as expected"},
        std::tuple{v1::VerifyRow::STATE_NOT_CHECKED, Style::kWarning, " not checked"},
        std::tuple{v1::VerifyRow::STATE_STALE, Style::kUnknown, " stale"}}) {
    if (counts[state] == 0) continue;
    parts.push_back(Paint(absl::StrCat(counts[state], words), style, view.color));
  }
  return absl::StrCat(StackName(verification.stack()), ": ", passed, " of ", all - without,
                      " rows as expected", parts.empty() ? "" : "; ", absl::StrJoin(parts, ", "),
                      not_applicable, ".");
}

}  // namespace

std::string RenderVerification(const v1::Verification& verification, const View& view) {
  Table table({{"STATE"},
               {"CHECK"},
               {"FROM"},
               {"BY HAND", view.wide},
               {"EXPECTED"},
               {"ID", view.wide},
               {"OBSERVED", view.wide},
               {"SEEN"}});
  for (const v1::VerifyRow& row : verification.rows()) {
    table.AddRow({RowState(row.state()), row.name(), row.host().empty() ? "-" : row.host(),
                  row.command(), row.expected(), row.check(), Moment(row.observed_at()),
                  row.seen()});
  }
  std::string out = table.Render(view.color, view.width);
  // What is not green is worth its whole text, also on a narrow terminal.
  std::string troubles;
  std::string not_applicable;
  for (const v1::VerifyRow& row : verification.rows()) {
    if (row.state() == v1::VerifyRow::STATE_PASS || view.width == 0) continue;
    const std::string words =
        absl::StrCat("  ", TerminalText(row.name(), 100), row.host().empty() ? "" : " from ",
                     TerminalText(row.host(), 100), ": ", TerminalText(row.seen(), 1024), "\n");
    if (row.state() == v1::VerifyRow::STATE_NOT_APPLICABLE) {
      not_applicable += words;
    } else {
      absl::StrAppend(&troubles, words, "    by hand: ", TerminalText(row.command(), 512), "\n");
    }
  }
  if (!troubles.empty()) out += Heading("NOT AS EXPECTED", view) + troubles;
  if (!not_applicable.empty()) out += Heading("NOT APPLICABLE", view) + not_applicable;
  absl::StrAppend(&out, "\n", Summary(verification, view), "\n");
  for (const std::string& note : verification.notes()) {
    absl::StrAppend(&out, "Note: ", TerminalText(note, 1024), "\n");
  }
  return out;
}

}  // namespace faultline::cli
