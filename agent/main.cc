// faultline-agent: flags in, exit code out.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "agent/agent.h"
#include "agent/check_config.h"
#include "agent/checks/registry.h"
#include "agent/config/config.h"
#include "agent/config/keys.h"
#include "agent/config/roles.h"
#include "agent/explain.h"
#include "agent/init/init_command.h"
#include "agent/init/nginx_look.h"
#include "agent/join_command.h"
#include "agent/json.h"
#include "agent/kind_report.h"
#include "agent/once.h"
#include "agent/unknown_word.h"
#include "common/exit_code.h"
#include "common/grpc/prepare.h"
#include "common/log.h"
#include "common/out_of_memory.h"
#include "common/suggestion.h"

namespace {

using faultline::kBadUsage;
using faultline::kRuntimeFailure;
constexpr char kDefaultFile[] = "/etc/faultline/agent.yaml";

struct Flags {
  std::string file = kDefaultFile;
  bool file_given = false;
  bool check_only = false;
  bool once = false;
  std::string role;
  std::string wait = "10s";
  std::string output = "table";
  bool explain = false;
  std::string explained;  // a kind or a role; empty: all
  std::string explain_output = "text";
  bool join = false;
  faultline::agent::JoinFlags joining;
  bool init = false;
  faultline::init::InitFlags init_flags = {.output = kDefaultFile};
};

int Fail(const absl::Status& status, int exit_code = kBadUsage) {
  std::cerr << "faultline-agent: " << status.message() << "\n";
  return exit_code;
}

int Print(const std::string& text) {
  std::cout << text << std::flush;
  return std::cout.good() ? 0 : kRuntimeFailure;
}

// The file's checks, or those of the role alone.
absl::StatusOr<faultline::config::AgentConfig> ConfigFor(const Flags& flags) {
  const faultline::config::ParseOptions options{.needs_collector = !flags.once,
                                                .role = flags.role,
                                                .judge_checks = &faultline::checks::NoteErrors};
  auto config = !flags.role.empty() && !flags.file_given
                    ? faultline::config::ParseAgentConfig("role: " + flags.role, "--role", options)
                    : faultline::config::LoadAgentConfig(flags.file, options);
  if (absl::IsNotFound(config.status()) && flags.once && !flags.file_given) {
    return absl::NotFoundError(
        absl::StrCat(config.status().message(), ", or a role with --role app"));
  }
  return config;
}

int Once(const faultline::config::AgentConfig& config, const Flags& flags) {
  faultline::Span wait;
  if (!faultline::ParseSpan(flags.wait, &wait) || wait < faultline::Span::Millis(1) ||
      wait > faultline::Span::Seconds(600)) {
    return Fail(absl::InvalidArgumentError("--wait takes a duration like 10s, at most 10m"));
  }
  const faultline::SystemClock clock;
  const auto report = faultline::agent::LookOnce(config, clock, wait);
  if (!report.ok()) {
    std::cerr << "faultline-agent: " << report.status().message() << "\n";
    return kRuntimeFailure;
  }
  const char* no_colour = getenv("NO_COLOR");
  const bool colour = isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || no_colour[0] == '\0');
  const std::string text = flags.output == "json" ? faultline::agent::ToJson(*report)
                                                  : faultline::agent::OnceTable(*report, colour);
  return Print(text) != 0 ? kRuntimeFailure : report->exit_code();
}

int Explain(const Flags& flags) {
  if (flags.explained == "agent.yaml") {
    const faultline::yaml::Keys& keys = faultline::config::AgentKeys();
    return Print(flags.explain_output == "markdown" ? faultline::yaml::KeysMarkdown(keys)
                                                    : faultline::yaml::ExplainKeys(keys, ""));
  }
  faultline::v1::KindList kinds = faultline::agent::ReportAllKinds();
  const faultline::config::Role* role = faultline::config::FindRole(flags.explained);
  if (!flags.explained.empty()) {
    const auto* kind = faultline::checks::FindCheckKind(flags.explained);
    if (kind == nullptr && role == nullptr) {
      std::vector<std::string> known = faultline::config::RoleNames();
      known.push_back("agent.yaml");
      for (const auto& each : kinds.kinds()) known.push_back(each.kind());
      return Fail(absl::InvalidArgumentError("there is no kind of check and no role of this name" +
                                             faultline::Suggestion(flags.explained, known)));
    }
    if (role != nullptr) return Print(faultline::agent::ExplainRole(*role));
    const auto example = faultline::agent::ExampleOf(kind->kind);
    kinds.Clear();
    *kinds.add_kinds() = faultline::agent::ReportKind(*kind, example);
  }
  if (flags.explain_output == "json") return Print(faultline::agent::ToJson(kinds));
  if (flags.explain_output == "markdown") return Print(faultline::agent::ExplainMarkdown(kinds));
  return Print(flags.explained.empty() ? faultline::agent::ExplainAll(kinds)
                                       : faultline::agent::ExplainKind(kinds.kinds(0)));
}

// The C library gives a silent DNS server 10 s or more, which is all that a call to the collector
// has: its failure would be told as the collector's. Who has set it knows better.
void ResolveInTime() { setenv("RES_OPTIONS", "timeout:1 attempts:2", 0); }

int Join(const Flags& flags) {
  faultline::SilenceGrpc();
  // A file without a collector is as good as none where the flags say all.
  const auto config = faultline::agent::JoinConfigFor(
      flags.joining, faultline::config::LoadAgentConfig(flags.file, {.needs_collector = false}));
  if (!config.ok()) return Fail(config.status());
  const faultline::SystemClock clock;
  const auto joined = faultline::agent::JoinOnce(*config, flags.joining.again, clock);
  if (!joined.status.ok()) std::cerr << "faultline-agent: " << joined.status.message() << "\n";
  return joined.exit_code;
}

int Init(const Flags& flags) {
  const faultline::init::LookOptions look{.nginx_dump = faultline::init::NginxDumpCommand()};
  return faultline::init::Init(flags.init_flags, look, std::cout, std::cerr);
}

int Run(const faultline::config::AgentConfig& config) {
  faultline::agent::BlockSignals();
  const faultline::SystemClock clock;
  const auto agent = faultline::agent::Agent::Create(config, clock);
  if (!agent.ok()) return Fail(agent.status(), faultline::StartExitCode(agent.status()));
  if (const absl::Status status = (*agent)->Run(); !status.ok()) {
    faultline::LogError(std::string(status.message()));
    return kRuntimeFailure;
  }
  return 0;
}

CLI::App* AddInit(CLI::App& app, faultline::init::InitFlags& flags) {
  CLI::App* init = app.add_subcommand(
      "init",
      std::string("Look at this host (nginx, databases, units, certificates, logs, listeners) and "
                  "write the configuration that fits it, each line with where it was seen. A "
                  "configuration that is there is never overwritten. The sites of nginx are asked "
                  "for a page; nothing is run but `nginx -T`.\n") +
          faultline::init::kInitExitCodes);
  init->add_option("--collector", flags.collector, "The collector (port 7443 unless given)")
      ->type_name("HOST[:PORT]");
  init->add_option("--token-file", flags.token_file,
                   "File with the join token (/etc/faultline/join-token unless given)")
      ->type_name("FILE");
  init->add_option("--host", flags.host, "Name to join under (the machine's unless given)")
      ->type_name("NAME");
  init->add_option("--output", flags.output,
                   "File to write; - prints it, and the summary on stderr")
      ->capture_default_str()
      ->type_name("FILE");
  return init;
}

// -1: go on; else the exit code.
int ParseFlags(int argc, char** argv, Flags& flags) {
  CLI::App app{
      "Watches this host and streams what it sees to a Faultline collector.\n\n"
      "Exit codes: 0 ended as asked; 1 failed, and starting again may help; 2 wrong usage, "
      "configuration or files.\n"
      "With --once: 0 all OK; 1 something is CRITICAL or WARNING; 3 only UNKNOWN besides OK; 2 "
      "wrong usage or configuration.\n"
      "SIGHUP reads the configuration anew; SIGTERM ends it.\n"
      "Every key of the configuration: faultline-agent explain agent.yaml; every kind of check and "
      "role: faultline-agent explain. Documents: /usr/share/doc/faultline-agent/docs"};
  app.name("faultline-agent");
  CLI::Option* file = app.add_option("--config", flags.file, "Configuration file");
  file->capture_default_str()->type_name("FILE");
  app.add_flag("--check-config", flags.check_only, "Only check the configuration, then exit");
  CLI::Option* once =
      app.add_flag("--once", flags.once,
                   "Look at everything once without a collector, print what is seen, exit");
  app.add_option("--role", flags.role,
                 "With --once: look as a host of these roles (app, db, collector, outside, host; "
                 "a,b: several), without a configuration file unless --config names one")
      ->needs(once)
      ->type_name("ROLES");
  app.add_option("--wait", flags.wait, "With --once: how long every check may take to answer")
      ->needs(once)
      ->capture_default_str()
      ->type_name("DURATION");
  app.add_option("--output", flags.output, "With --once: table or json")
      ->needs(once)
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str()
      ->type_name("FORM");
  CLI::App* explain = app.add_subcommand(
      "explain", "Say what the kinds of checks and the roles are, one of them, or every key");
  explain->add_option("NAME", flags.explained,
                      "A kind of check, a role, or agent.yaml: every key of the configuration");
  explain->add_option("--output", flags.explain_output, "text, json or markdown (docs/checks.md)")
      ->check(CLI::IsMember({"text", "json", "markdown"}))
      ->capture_default_str()
      ->type_name("FORM");
  CLI::App* join = app.add_subcommand(
      "join",
      "Join a collector now, once, and say what was learnt. What is not given comes from `join:` "
      "of "
      "the configuration; an agent that runs with it joins by itself, without this.\n"
      "Exit codes: 0 joined; 1 not reached, may be tried again; 2 wrong usage, configuration or "
      "token file; 3 refused.");
  join->fallthrough();
  join->add_option("--collector", flags.joining.collector,
                   "The collector's enrolment (port 7444 unless given)")
      ->type_name("HOST[:PORT]");
  join->add_option("--token-file", flags.joining.token_file,
                   "File with the join token, closed to other users")
      ->type_name("FILE");
  join->add_option("--host", flags.joining.host, "Name to join under (the machine's unless given)")
      ->type_name("NAME");
  join->add_option("--role", flags.joining.role,
                   "Role to join as, where the token does not have just one (a,b: several)")
      ->type_name("ROLES");
  join->add_option("--state-dir", flags.joining.state_dir, "Where the agent keeps its state")
      ->type_name("DIR");
  join->add_flag("--again", flags.joining.again, "Although this host has joined");
  const CLI::App* init = AddInit(app, flags.init_flags);
  app.set_version_flag("--version", "faultline-agent " FAULTLINE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError&) {
    return Fail(absl::InvalidArgumentError(faultline::agent::UnknownWord(app)));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadUsage;
  }
  flags.file_given = file->count() > 0;
  flags.explain = explain->parsed();
  flags.join = join->parsed();
  flags.init = init->parsed();
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  faultline::SayWhenOutOfMemory("faultline-agent");
  faultline::PrepareGrpc();
  ResolveInTime();
  Flags flags;
  if (const int code = ParseFlags(argc, argv, flags); code >= 0) return code;
  if (flags.explain) return Explain(flags);
  if (flags.join) return Join(flags);
  if (flags.init) return Init(flags);
  const auto config = ConfigFor(flags);
  if (!config.ok()) return Fail(config.status());
  if (flags.check_only) return faultline::agent::CheckConfig(*config, std::cout, std::cerr);
  return flags.once ? Once(*config, flags) : Run(*config);
}
