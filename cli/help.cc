#include "cli/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace faultline::cli {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

constexpr char kExitCodes[] =
    "Exit codes:\n"
    "  0  all is well; for `status`: nothing is CRITICAL, no incident is open, every host is "
    "heard,\n"
    "     no channel is stuck and no reload was refused; for `stack verify`: every row is as\n"
    "     expected\n"
    "  1  one of these is (`status` only; stuck: failing for 10 s while something waits), or the\n"
    "     command failed, as `notify test` does when the receiver does not take it\n"
    "  2  wrong usage\n"
    "  3  the collector cannot be reached\n"
    "  4  a row is not as expected (`stack verify` only)\n"
    "  5  no row is that, but one was not checked or nobody answered (`stack verify` only)\n";

std::string TwoColumns(const Rows& rows) {
  size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.first.size());
  std::string out;
  for (const auto& [left, right] : rows) {
    absl::StrAppend(&out, "  ", left, std::string(width - left.size() + 2, ' '), right, "\n");
  }
  return out;
}

std::string Left(const CommandSpec& command) {
  return absl::StrCat(command.Path(), command.argument.empty() ? "" : " ", command.argument);
}

void AddOptions(const std::vector<OptionSpec>& options, Rows* rows) {
  for (const OptionSpec& option : options) {
    std::string help = option.help;
    if (!option.choices.empty() && help.find(option.choices.front()) == std::string::npos) {
      absl::StrAppend(&help, " (", absl::StrJoin(option.choices, ", "), ")");
    }
    rows->emplace_back(absl::StrCat(option.name, option.value.empty() ? "" : " ", option.value),
                       std::move(help));
  }
}

std::string GlobalOptionsHelp() {
  Rows rows;
  AddOptions(GlobalOptions(), &rows);
  rows.emplace_back("--help, -h", "Show help, also of one command: faultline host list --help");
  rows.emplace_back("--version", "Show the version");
  return absl::StrCat("Options of every command:\n", TwoColumns(rows));
}

}  // namespace

std::string OverviewHelp() {
  Rows rows;
  for (const CommandSpec& command : Commands()) {
    if (!command.hidden) rows.emplace_back(Left(command), command.summary);
  }
  return absl::StrCat(
      "Know at once that a service is down, and which link broke.\n\n"
      "Usage: faultline COMMAND [OPTIONS]\n\nCommands:\n",
      TwoColumns(rows), "\n", GlobalOptionsHelp(),
      "\nExamples:\n"
      "  faultline status\n"
      "  faultline watch\n"
      "  faultline check list --state critical --output wide\n"
      "  faultline incident list --state open --output json | jq '.incidents[].title'\n"
      "  source <(faultline completion bash)\n\n",
      kExitCodes);
}

std::string NounHelp(const std::string& noun) {
  Rows rows;
  for (const CommandSpec& command : Commands()) {
    if (command.path[0] == noun) rows.emplace_back(Left(command), command.summary);
  }
  return absl::StrCat("Usage: faultline ", noun, " VERB [OPTIONS]\n\nCommands:\n", TwoColumns(rows),
                      "\n", GlobalOptionsHelp());
}

std::string CommandHelp(const CommandSpec& command) {
  std::string out =
      absl::StrCat(command.summary, ".\n\nUsage: faultline ", Left(command), " [OPTIONS]\n\n");
  Rows rows;
  if (!command.argument.empty()) rows.emplace_back(command.argument, command.argument_help);
  AddOptions(command.options, &rows);
  if (!rows.empty()) absl::StrAppend(&out, "Options:\n", TwoColumns(rows), "\n");
  absl::StrAppend(&out, GlobalOptionsHelp(), "\nExamples:\n");
  for (const std::string& example : command.examples) absl::StrAppend(&out, "  ", example, "\n");
  absl::StrAppend(&out, "\n", kExitCodes);
  return out;
}

}  // namespace faultline::cli
