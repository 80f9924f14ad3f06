// The texts of --help. Pure.
#pragma once

#include <string>

#include "cli/command_table.h"

namespace faultline::cli {

// Every command, the global options, examples and exit codes.
std::string OverviewHelp();

// The commands of one noun ("host").
std::string NounHelp(const std::string& noun);

std::string CommandHelp(const CommandSpec& command);

}  // namespace faultline::cli
