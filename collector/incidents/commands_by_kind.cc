#include "collector/incidents/commands_by_kind.h"

#include "collector/incidents/command_words.h"
#include "collector/incidents/reason_words.h"
#include "collector/rules/blind.h"

namespace faultline::incidents {
namespace {

using Lines = std::vector<std::string>;

// What its agent sees and what it lacks, with the fix in each line.
Lines AskTheAgent() { return {"sudo faultline-agent --once"}; }

// What is wrong lies with the agent: its configuration, a password, a right.
Lines ForBlind() {
  return {"sudo faultline-agent --check-config", JournalCommand("faultline-agent"),
          "sudo systemctl restart faultline-agent",
          "(once what stands above is mended; new groups and rights count from then on)"};
}

}  // namespace

Lines CommandsFor(const CommandContext& context) {
  if (rules::IsBlind(context.lead)) return ForBlind();
  // What the agent does not understand of a ruleset, a person may.
  const bool is_for_people = context.lead.reason == "UNDECIDED_RULE";
  if (CouldNotLook(context.lead.check.kind, context.lead.reason) && !is_for_people) {
    return AskTheAgent();
  }
  Lines lines = ServiceCommands(context);
  if (lines.empty()) lines = PathCommands(context);
  if (lines.empty()) lines = HostCommands(context);
  // A kind that a newer agent has brought.
  return lines.empty() ? AskTheAgent() : lines;
}

}  // namespace faultline::incidents
