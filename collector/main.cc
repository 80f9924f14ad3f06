// faultline-collector: flags in, exit code out.
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "collector/collector.h"
#include "collector/config/config.h"
#include "common/clock.h"
#include "common/grpc/prepare.h"
#include "common/log.h"

namespace {

constexpr int kRuntimeFailure = 1;
constexpr int kBadUsage = 2;

int Fail(const absl::Status& status) {
  std::cerr << "faultline-collector: " << status.message() << "\n";
  return kBadUsage;
}

sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Until a signal asks to end. Feeds systemd's watchdog meanwhile, while the collector is alive.
void WaitForEnd(const faultline::collector::Collector& collector, const sigset_t& signals) {
  uint64_t watchdog_usec = 0;
  if (sd_watchdog_enabled(0, &watchdog_usec) <= 0) watchdog_usec = 60'000'000;
  const uint64_t interval_usec = watchdog_usec / 3;
  const timespec interval{.tv_sec = static_cast<time_t>(interval_usec / 1'000'000),
                          .tv_nsec = static_cast<long>(interval_usec % 1'000'000 * 1000)};
  while (sigtimedwait(&signals, nullptr, &interval) < 0) {
    if (collector.alive()) sd_notify(0, "WATCHDOG=1");
  }
}

}  // namespace

int main(int argc, char** argv) {
  faultline::PrepareGrpc();

  CLI::App app{
      "Takes what Faultline agents see, raises and resolves incidents, tells people.\n\n"
      "Exit codes: 0 ended as asked; 1 failed while running; 2 wrong usage or configuration."};
  app.name("faultline-collector");
  std::string file = "/etc/faultline/collector.yaml";
  bool check_only = false;
  app.add_option("--config", file, "Configuration file")->capture_default_str();
  app.add_flag("--check-config", check_only, "Only check the configuration, then exit");
  app.set_version_flag("--version", "faultline-collector " FAULTLINE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadUsage;
  }

  const auto config = faultline::config::LoadCollectorConfig(file);
  if (!config.ok()) return Fail(config.status());
  if (check_only) {
    std::cout << file << ": OK\n";
    return 0;
  }

  const sigset_t signals = BlockSignals();
  const faultline::SystemClock clock;
  auto collector = faultline::collector::Collector::Start(*config, clock);
  if (!collector.ok()) {
    std::cerr << "faultline-collector: " << collector.status().message() << "\n";
    return kRuntimeFailure;
  }
  faultline::LogInfo(
      absl::StrCat("faultline-collector ", FAULTLINE_VERSION, ": agents on port ",
                   (*collector)->agents_port(), config->is_authority() ? ", joining on port " : "",
                   config->is_authority() ? std::to_string((*collector)->enrolment_port()) : "",
                   ", page and API on ", config->listen_http));
  sd_notify(0, "READY=1");
  WaitForEnd(**collector, signals);
  sd_notify(0, "STOPPING=1");
  faultline::LogInfo("ending: finishing what is queued");
  collector->reset();
  return 0;
}
