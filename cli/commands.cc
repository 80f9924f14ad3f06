#include "cli/commands.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/change.h"
#include "cli/completion.h"
#include "cli/show.h"
#include "cli/terminal.h"
#include "cli/terminal_text.h"
#include "cli/verify.h"
#include "cli/watch.h"

namespace faultline::cli {
namespace {

constexpr char kClearLine[] = "\r\x1b[K";

constexpr int kTrouble = 1;  // also: the command failed
constexpr int kUsage = 2;
constexpr int kUnreachable = 3;
constexpr int kNotAsExpected = 4;  // `stack verify`
constexpr int kUnproved = 5;       // `stack verify`: the rest is as expected

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  if (absl::IsUnavailable(status)) return kUnreachable;
  return absl::IsInvalidArgument(status) ? kUsage : kTrouble;
}

int Fail(const absl::Status& status) {
  std::cerr << "faultline: " << TerminalText(std::string(status.message()), 2048) << "\n";
  return ExitCode(status);
}

int Print(std::string_view text) {
  if (WriteOut(text)) return 0;
  return Fail(absl::InternalError(absl::StrCat("cannot write the output: ", strerror(errno))));
}

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

View ViewOf(const Settings& settings) {
  View view{.color = settings.color, .wide = settings.output == Output::kWide};
  if (!view.wide) view.width = GetTerminalSize().width;
  view.now = SystemClock().Now();
  return view;
}

int RunShow(const ParsedCommand& command, const Settings& settings) {
  const View view = ViewOf(settings);
  const Client client({.collector = settings.collector, .timeout = settings.timeout});
  absl::StatusOr<Shown> shown = Show(command, settings, client, view);
  if (!shown.ok()) return Fail(shown.status());
  const int printed = Print(shown->text);
  return printed != 0 ? printed : shown->trouble ? kTrouble : 0;
}

// The person at the terminal, when there is one.
std::optional<bool> AskPerson(const std::string& question) {
  if (isatty(STDIN_FILENO) != 1) return std::nullopt;
  std::cerr << question << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

int RunChange(const ParsedCommand& command, const Settings& settings) {
  const Client client({.collector = settings.collector, .timeout = settings.timeout});
  const absl::StatusOr<Changed> changed = Change(command, settings, client, AskPerson);
  if (!changed.ok()) return Fail(changed.status());
  const int printed = Print(changed->text);
  std::cerr << changed->note;
  return printed;
}

// On the error output when somebody watches it there: the standard output is the table's alone.
int RunVerify(const ParsedCommand& command, const Settings& settings) {
  const bool watched = isatty(STDERR_FILENO) == 1;
  const Client client({.collector = settings.collector, .timeout = settings.timeout});
  const absl::StatusOr<Verified> verified =
      VerifyStack(command, settings, client, ViewOf(settings), [watched](int answered, int all) {
        if (!watched) return;
        std::cerr << kClearLine << "The agents are looking: " << answered << " of " << all
                  << " rows answered" << std::flush;
      });
  if (watched) std::cerr << kClearLine << std::flush;
  if (!verified.ok()) return Fail(verified.status());
  const int printed = Print(verified->text);
  if (printed != 0) return printed;
  return verified->failed ? kNotAsExpected : verified->unproved ? kUnproved : 0;
}

}  // namespace

int RunCommand(const ParsedCommand& command, const Settings& settings) {
  switch (command.command->action) {
    case Action::kCompletion:
      return Print(CompletionScript(command.argument));
    case Action::kWatch: {
      const bool screen = OutputIsTerminal() && command.options.count("--lines") == 0;
      const absl::Status watched = Watch(settings, screen);
      return watched.ok() ? 0 : Fail(watched);
    }
    case Action::kHostRevoke:
    case Action::kHostForget:
    case Action::kTokenCreate:
    case Action::kTokenRevoke:
    case Action::kNotifyTest:
      return RunChange(command, settings);
    case Action::kStackVerify:
      return RunVerify(command, settings);
    default:
      return RunShow(command, settings);
  }
}

int Main(const std::vector<std::string>& words) {
  const ParseOutcome outcome = ParseCommandLine(words);
  if (!outcome.command) {
    if (outcome.exit_code == 0) return Print(outcome.text);
    std::cerr << outcome.text;
    return outcome.exit_code;
  }
  const absl::StatusOr<Settings> settings =
      MakeSettings(outcome.command->options, {Variable, OutputIsTerminal()});
  if (!settings.ok()) return Fail(settings.status());
  return RunCommand(*outcome.command, *settings);
}

}  // namespace faultline::cli
