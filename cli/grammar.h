// The command line: words in, one command with its options out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_table.h"

namespace faultline::cli {

struct ParsedCommand {
  const CommandSpec* command;  // never null
  std::string argument;        // empty when the command takes none
  // By name ("--output"), only those that were given; a flag's value is "true".
  std::map<std::string, std::string> options;
};

struct ParseOutcome {
  std::optional<ParsedCommand> command;
  // Without a command: what to say and how to end. To the error output unless the code is 0.
  std::string text;
  int exit_code = 0;
};

// `words` without the program's name. Total: whatever is wrong ends in a text that says what to
// type instead, with exit code 2; --help and --version in one with code 0.
ParseOutcome ParseCommandLine(const std::vector<std::string>& words);

}  // namespace faultline::cli
