// What each command does.
#pragma once

#include "cli/grammar.h"
#include "cli/settings.h"

namespace faultline::cli {

// Runs one command: its answer to the standard output, what went wrong to the error output.
// Returns the process's exit code: 0, 1, 2 or 3 as --help says.
int RunCommand(const ParsedCommand& command, const Settings& settings);

// The whole program; `words` without the program's name.
int Main(const std::vector<std::string>& words);

}  // namespace faultline::cli
