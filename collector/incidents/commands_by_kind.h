// What to run on a host, by the kind of the check that leads. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

struct CommandContext {
  const rules::Alert& lead;
  const model::CheckPicture* check = nullptr;  // what the picture says of it now, or null
  // Where the commands are run, or null: the host that looked, or the one that it aims at.
  const model::HostPicture* host = nullptr;
  bool there = false;  // it is the one that the check aims at, not the one that looked
};

// Lines for a shell on that host, every word from an agent quoted; lines in parentheses and what
// follows a # are for the reader. Never empty. Units, files and tools are those that the host's
// checks name: what is not known is left out, never guessed.
std::vector<std::string> CommandsFor(const CommandContext& context);

// By group of kinds; empty for a kind that is none of theirs.
std::vector<std::string> ServiceCommands(const CommandContext& context);
std::vector<std::string> PathCommands(const CommandContext& context);
std::vector<std::string> HostCommands(const CommandContext& context);

}  // namespace faultline::incidents
