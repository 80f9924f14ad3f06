#include "cli/command_table.h"

#include <utility>

#include "absl/strings/str_join.h"

namespace faultline::cli {
namespace {

// Never destroyed: no order of destruction to think of.
template <typename T>
const T& Forever(T value) {
  return *new T(std::move(value));
}

std::vector<CommandSpec> MakeCommands() {
  const std::vector<std::string> states = {"ok", "warning", "critical", "unknown"};
  const OptionSpec key_file = {"--operator-key-file",
                               "FILE",
                               "The key that changes need ($FAULTLINE_OPERATOR_KEY_FILE, else the "
                               "collector's own)",
                               {},
                               Twice::kLast};
  return {
      {.action = Action::kStatus,
       .path = {"status"},
       .summary = "Show what is wrong now: open incidents and every check that is not OK",
       .examples = {"faultline status", "faultline status --output json | jq .checks_critical"}},
      {.action = Action::kWatch,
       .path = {"watch"},
       .summary = "Follow changes as they happen; on a terminal, the status that moves by itself",
       .options = {{"--lines", "", "One line a change, also on a terminal"}},
       .examples = {"faultline watch", "faultline watch --lines",
                    "faultline watch --output json | jq -c .incident"}},
      {.action = Action::kHostList,
       .path = {"host", "list"},
       .summary = "List hosts with their link and worst state",
       .examples = {"faultline host list --output wide"}},
      {.action = Action::kHostShow,
       .path = {"host", "show"},
       .summary = "Show one host and its checks",
       .argument = "NAME",
       .argument_help = "The host's name, as in its certificate",
       .examples = {"faultline host show db-1"}},
      {.action = Action::kHostRevoke,
       .path = {"host", "revoke"},
       .summary = "Take a host's certificates away: its stream and incidents end, its name is free",
       .argument = "STACK/HOST",
       .argument_help = "The host, also as lists show it: STACK-ENV/HOST",
       .options = {{"--yes", "", "Do not ask"}, key_file},
       .examples = {"faultline host revoke shop/db-1", "faultline host revoke shop/db-1 --yes"}},
      {.action = Action::kHostForget,
       .path = {"host", "forget"},
       .summary = "Take a host that is not connected out of every list; its incidents end",
       .argument = "HOST",
       .argument_help = "The host's name, or as lists show it: STACK-ENV/HOST",
       .options = {{"--yes", "", "Do not ask"}, key_file},
       .examples = {"faultline host forget db-1",
                    "faultline host forget db-1 --stack shop --env prod --yes"}},
      {.action = Action::kCheckList,
       .path = {"check", "list"},
       .summary = "List checks, worst first",
       .options = {{"--host", "NAME", "Only checks on this host"},
                   {"--state", "STATE", "Only checks in this state (a,b: one of several)", states,
                    Twice::kBoth},
                   {"--kind", "KIND", "Only checks of this kind (unit, port, log, ...)"}},
       .examples = {"faultline check list --state critical",
                    "faultline check list --host db-1 --kind port"}},
      {.action = Action::kCheckShow,
       .path = {"check", "show"},
       .summary = "Show one check with its evidence and gauges",
       .argument = "ID",
       .argument_help = "The check's id, \"unit:mysql.service\"",
       .options = {{"--host", "NAME", "On this host, where several have such a check"}},
       .examples = {"faultline check show unit:mysql.service --host db-1"}},
      {.action = Action::kAlertList,
       .path = {"alert", "list"},
       .summary = "List alerts and why each is in its state",
       .options = {{"--state",
                    "STATE",
                    "Only alerts in this state (a,b: one of several)",
                    {"pending", "firing", "resolved", "withdrawn"},
                    Twice::kBoth}},
       .examples = {"faultline alert list --state firing"}},
      {.action = Action::kIncidentList,
       .path = {"incident", "list"},
       .summary = "List incidents, newest first",
       .options = {{"--state", "STATE", "Only incidents in this state", {"open", "resolved"}},
                   {"--limit", "N", "At most so many, 1 to 1000 (default 100)"}},
       .examples = {"faultline incident list --state open"}},
      {.action = Action::kIncidentShow,
       .path = {"incident", "show"},
       .summary = "Show one incident: its message, alerts, evidence and timeline",
       .argument = "ID",
       .argument_help = "The incident's number",
       .examples = {"faultline incident show 42"}},
      {.action = Action::kTokenCreate,
       .path = {"token", "create"},
       .summary = "Make a token with which hosts join; it is shown this once (--stack, --env)",
       .options = {{"--role",
                    "ROLES",
                    "Only hosts of these roles: app, db, collector, outside, host (a,b: several)",
                    {},
                    Twice::kBoth},
                   {"--ttl", "TIME", "How long it lets hosts in, 1m to 365d (default 24h)"},
                   {"--uses", "N", "How many hosts it lets in, 1 to 10000 (default 1)"},
                   {"--replace", "", "They may take over the names of hosts that are silent"},
                   key_file},
       .examples = {"faultline token create --stack shop --env prod",
                    "faultline token create --role app --stack shop --env prod --ttl 7d --uses 20 "
                    "--replace"}},
      {.action = Action::kTokenList,
       .path = {"token", "list"},
       .summary = "List join tokens, newest first; never their secrets",
       .examples = {"faultline token list", "faultline token list --output wide"}},
      {.action = Action::kTokenRevoke,
       .path = {"token", "revoke"},
       .summary = "Let no host in with this token any more; those that joined stay",
       .argument = "ID",
       .argument_help = "The token's id, as `token list` shows it",
       .options = {key_file},
       .examples = {"faultline token revoke k3jq7w2mzp"}},
      {.action = Action::kStackVerify,
       .path = {"stack", "verify"},
       .summary = "Have the agents look now, and show the runbook's testing checklist",
       .options = {{"--wait", "TIME", "Wait this long for the agents' answers (default 15s)"}},
       .examples = {"faultline stack verify", "faultline stack verify --stack shop --env prod",
                    "faultline stack verify --output json | jq '.rows[] | "
                    "select(.state != \"STATE_PASS\")'"}},
      {.action = Action::kNotifyTest,
       .path = {"notify", "test"},
       .summary = "Send a test message through a channel, and show what the receiver answered",
       .argument = "CHANNEL",
       .argument_help = "A name under `notify` in collector.yaml",
       .options = {key_file,
                   {"--wait", "TIME", "Wait this long for the receiver's answer (default 15s)"}},
       .examples = {"faultline notify test pager"}},
      {.action = Action::kCompletion,
       .path = {"completion"},
       .summary = "Print the completion script of a shell, for all three programs",
       .argument = "SHELL",
       .argument_help = "bash, zsh or fish",
       .argument_choices = {"bash", "zsh", "fish"},
       .examples = {"source <(faultline completion bash)",
                    "faultline completion fish > ~/.config/fish/completions/faultline.fish"},
       .hidden = true},
  };
}

}  // namespace

std::string CommandSpec::Path() const { return absl::StrJoin(path, " "); }

const std::vector<CommandSpec>& Commands() {
  static const auto& commands = Forever(MakeCommands());
  return commands;
}

const std::vector<OptionSpec>& GlobalOptions() {
  static const auto& options = Forever([] {
    std::vector<OptionSpec> all = {
        {"--collector", "URL", "The collector ($FAULTLINE_COLLECTOR, else http://127.0.0.1:7480)"},
        {"--output",
         "FORM",
         "text, wide (more columns) or json (operator API)",
         {"text", "wide", "json"}},
        {"--color",
         "WHEN",
         "auto (a terminal, and NO_COLOR is not set), always or never",
         {"auto", "always", "never"}},
        {"--stack", "NAME", "Only this stack"},
        {"--env", "NAME", "Only this environment"},
        {"--timeout", "TIME", "Give up on an answer after this long (default 10s)"},
    };
    for (OptionSpec& option : all) option.twice = Twice::kLast;
    return all;
  }());
  return options;
}

const std::vector<ProgramSpec>& OtherPrograms() {
  const auto options = [](const char* file, std::vector<OptionSpec> own = {}) {
    std::vector<OptionSpec> all = {{"--config", "FILE", file},
                                   {"--check-config", "", "Only check the configuration"}};
    for (OptionSpec& option : own) all.push_back(std::move(option));
    all.push_back({"--help", "", "Show help"});
    all.push_back({"--version", "", "Show the version"});
    return all;
  };
  static const auto& programs = Forever(std::vector<ProgramSpec>{
      {"faultline-agent",
       {{"explain", "Say what checks, roles and keys there are"},
        {"init", "Look at this host and write its agent.yaml"},
        {"join", "Join a collector now"}},
       options("The agent's configuration (agent.yaml)",
               {{"--once", "", "Look at everything once, print it, exit"},
                {"--role",
                 "ROLE",
                 "With --once: the role to look as",
                 {"app", "db", "collector", "outside", "host"}},
                {"--wait", "DURATION", "With --once: how long a check may take"},
                {"--output",
                 "FORM",
                 "With --once or explain: how to print",
                 {"table", "json", "text", "markdown"}}})},
      {"faultline-collector",
       {{"explain", "Say every key of collector.yaml"}},
       options("The collector's configuration (collector.yaml)")}});
  return programs;
}

}  // namespace faultline::cli
