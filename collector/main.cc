// faultline-collector: flags in, exit code out.
#include <malloc.h>
#include <systemd/sd-daemon.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "collector/collector.h"
#include "collector/config/config.h"
#include "collector/config/keys.h"
#include "collector/memory_trim.h"
#include "collector/preflight.h"
#include "common/clock.h"
#include "common/exit_code.h"
#include "common/grpc/prepare.h"
#include "common/log.h"
#include "common/out_of_memory.h"
#include "common/reload_notice.h"
#include "common/service_account.h"
#include "common/suggestion.h"

namespace {

using faultline::kBadUsage;
using faultline::kRuntimeFailure;

int Fail(const std::string& why, int exit_code = kBadUsage) {
  std::cerr << "faultline-collector: " << why << "\n";
  return exit_code;
}

int Explain(const std::string& key, bool markdown) {
  const faultline::yaml::Keys& keys = faultline::config::CollectorKeys();
  const std::string text =
      markdown ? faultline::yaml::KeysMarkdown(keys) : faultline::yaml::ExplainKeys(keys, key);
  if (text.empty()) {
    return Fail(absl::StrCat("there is no such key in collector.yaml",
                             faultline::Suggestion(key, keys.In(""))));
  }
  std::cout << text << std::flush;
  return std::cout.good() ? 0 : kRuntimeFailure;
}

int CheckConfig(const faultline::config::CollectorConfig& config) {
  const faultline::SystemClock clock;
  faultline::collector::Judgement judged = faultline::collector::Preflight(config, clock);
  const auto account =
      geteuid() == 0 ? faultline::FindServiceAccount("faultline-collector.service") : std::nullopt;
  if (account.has_value()) {
    for (std::string& line : faultline::collector::ClosedToService(config, *account)) {
      judged.errors.push_back(std::move(line));
    }
  }
  int code = 0;
  for (const std::string& error : judged.errors) {
    const bool names_it = error.starts_with(config.file);
    code = Fail(names_it ? error : absl::StrCat(config.file, ": ", error));
  }
  if (code == 0) std::cout << config.file << ": OK\n";
  for (const std::string& warning : judged.warnings) std::cout << "Warning: " << warning << "\n";
  return code;
}

sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Nobody who sends one of these means to end alerting.
  for (const int ignored : {SIGPIPE, SIGUSR1, SIGUSR2}) signal(ignored, SIG_IGN);
  return signals;
}

// Whole or not at all.
void Reload(const std::string& file, faultline::collector::Collector& collector,
            const faultline::Clock& clock) {
  sd_notify(0, faultline::ReloadingNotice(clock.Mono()).c_str());
  const absl::Status status = collector.Reload(faultline::config::LoadCollectorConfig(file));
  if (!status.ok()) {
    for (const std::string& line : faultline::RefusalLines(status)) faultline::LogError(line);
  }
  sd_notify(0, status.ok() ? "READY=1\nSTATUS="
                           : "READY=1\nSTATUS=the last reload was refused, see the log");
}

// Of this process (proc_pid_statm(5)); 0 where it cannot be read.
size_t ResidentBytes() {
  size_t pages = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// Until a signal asks to end. Feeds systemd's watchdog meanwhile, while the collector is alive.
void WaitForEnd(const std::string& file, faultline::collector::Collector& collector,
                const faultline::Clock& clock, const sigset_t& signals) {
  uint64_t watchdog_usec = 0;
  if (sd_watchdog_enabled(0, &watchdog_usec) <= 0) watchdog_usec = 60'000'000;
  const uint64_t interval_usec = watchdog_usec / 3;
  faultline::collector::MemoryTrim trim;
  const timespec interval{.tv_sec = static_cast<time_t>(interval_usec / 1'000'000),
                          .tv_nsec = static_cast<long>(interval_usec % 1'000'000 * 1000)};
  for (int got = 0; got != SIGTERM && got != SIGINT;) {
    got = sigtimedwait(&signals, nullptr, &interval);
    if (got == SIGHUP) Reload(file, collector, clock);
    if (collector.alive()) sd_notify(0, "WATCHDOG=1");
    if (trim.Look(ResidentBytes(), clock.Mono())) malloc_trim(0);
  }
}

}  // namespace

int main(int argc, char** argv) {
  faultline::SayWhenOutOfMemory("faultline-collector");
  faultline::PrepareGrpc();

  CLI::App app{
      "Takes what Faultline agents see, raises and resolves incidents, tells people.\n\n"
      "Exit codes: 0 ended as asked; 1 failed, and starting again may help; 2 wrong usage, "
      "configuration or files.\n"
      "SIGHUP takes over what the configuration says of notify and authority.tokens, the rest "
      "needs "
      "a restart; SIGTERM ends it.\n"
      "Every key of the configuration: faultline-collector explain. Documents: "
      "/usr/share/doc/faultline-collector/docs"};
  app.name("faultline-collector");
  std::string file = "/etc/faultline/collector.yaml";
  bool check_only = false;
  app.add_option("--config", file, "Configuration file")->capture_default_str();
  app.add_flag("--check-config", check_only, "Only check the configuration, then exit");
  CLI::App* explain = app.add_subcommand(
      "explain", "Say every key of the configuration with its default and meaning, or some");
  std::string key;
  std::string form = "text";
  explain->add_option("KEY", key, "A section or a key: grace, listen.http");
  explain->add_option("--output", form, "text or markdown (docs/configuration.md)")
      ->check(CLI::IsMember({"text", "markdown"}))
      ->capture_default_str()
      ->type_name("FORM");
  app.set_version_flag("--version", "faultline-collector " FAULTLINE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadUsage;
  }

  if (explain->parsed()) return Explain(key, form == "markdown");

  const auto config = faultline::config::LoadCollectorConfig(file);
  if (!config.ok()) return Fail(std::string(config.status().message()));
  if (check_only) return CheckConfig(*config);

  const sigset_t signals = BlockSignals();
  const faultline::SystemClock clock;
  auto collector = faultline::collector::Collector::Start(*config, clock);
  if (!collector.ok()) {
    return Fail(std::string(collector.status().message()),
                faultline::StartExitCode(collector.status()));
  }
  faultline::LogInfo(
      absl::StrCat("faultline-collector ", FAULTLINE_VERSION, ": agents on port ",
                   (*collector)->agents_port(), config->is_authority() ? ", joining on port " : "",
                   config->is_authority() ? std::to_string((*collector)->enrolment_port()) : "",
                   ", page and API on ", config->listen_http));
  sd_notify(0, "READY=1");
  WaitForEnd(file, **collector, clock, signals);
  sd_notify(0, "STOPPING=1");
  faultline::LogInfo("ending: finishing what is queued");
  collector->reset();
  return 0;
}
