// The command's grammar as data: the parser, --help, completion and suggestions all read it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace faultline::cli {

// What it means that an option stands there twice.
enum class Twice {
  kRefused,  // one of the two would be lost
  kLast,     // an alias or a script can be overruled by what is typed after it
  kBoth,     // they add up, as "a,b" does
};

struct OptionSpec {
  std::string name;                       // "--collector"
  std::string value;                      // what --help calls its value, "URL"; empty for a flag
  std::string help;                       // one line
  std::vector<std::string> choices = {};  // when only these are right, in any case
  Twice twice = Twice::kRefused;          // a flag may always
};

enum class Action {
  kStatus,
  kWatch,
  kHostList,
  kHostShow,
  kHostRevoke,
  kHostForget,
  kCheckList,
  kCheckShow,
  kAlertList,
  kIncidentList,
  kIncidentShow,
  kTokenCreate,
  kTokenList,
  kTokenRevoke,
  kStackVerify,
  kNotifyTest,
  kCompletion,
};

struct CommandSpec {
  Action action;
  std::vector<std::string> path;  // {"host", "list"}
  std::string summary;            // one line, starts with a verb
  std::string argument = {};      // its one positional argument, "NAME"; empty = none
  std::string argument_help = {};
  std::vector<std::string> argument_choices = {};
  std::vector<OptionSpec> options = {};
  std::vector<std::string> examples = {};  // whole command lines
  bool hidden = false;                     // not in the overview

  std::string Path() const;  // "host list"
};

// Programs that have no commands, only options; for completion.
struct ProgramSpec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> commands;  // with their help
  std::vector<OptionSpec> options;
};

// All commands, in the order of the overview.
const std::vector<CommandSpec>& Commands();

// Options that every command of `faultline` takes.
const std::vector<OptionSpec>& GlobalOptions();

// faultline-agent and faultline-collector.
const std::vector<ProgramSpec>& OtherPrograms();

}  // namespace faultline::cli
