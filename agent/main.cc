// faultline-agent: flags in, exit code out.
#include <cstdlib>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "agent/agent.h"
#include "agent/checks/registry.h"
#include "agent/config/config.h"
#include "agent/link/link.h"
#include "common/grpc/prepare.h"
#include "common/log.h"

namespace {

constexpr int kRuntimeFailure = 1;
constexpr int kBadUsage = 2;

int Fail(const absl::Status& status) {
  std::cerr << "faultline-agent: " << status.message() << "\n";
  return kBadUsage;
}

int CheckConfig(const faultline::config::AgentConfig& config) {
  if (absl::Status valid = faultline::checks::ValidateChecks(config); !valid.ok()) {
    return Fail(valid);
  }
  if (absl::Status tls = faultline::link::CheckTlsFiles(config.tls); !tls.ok()) return Fail(tls);
  std::cout << config.file << ": OK, " << config.checks.size() << " checks\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  faultline::PrepareGrpc();

  CLI::App app{
      "Watches this host and streams what it sees to a Faultline collector.\n\n"
      "Exit codes: 0 ended as asked; 1 failed while running; 2 wrong usage or configuration."};
  app.name("faultline-agent");
  std::string file = "/etc/faultline/agent.yaml";
  bool check_only = false;
  app.add_option("--config", file, "Configuration file")->capture_default_str();
  app.add_flag("--check-config", check_only, "Only check the configuration, then exit");
  app.set_version_flag("--version", "faultline-agent " FAULTLINE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadUsage;
  }

  const auto config = faultline::config::LoadAgentConfig(file);
  if (!config.ok()) return Fail(config.status());
  if (check_only) return CheckConfig(*config);

  faultline::agent::BlockSignals();
  const faultline::SystemClock clock;
  const auto agent = faultline::agent::Agent::Create(*config, clock);
  if (!agent.ok()) return Fail(agent.status());
  if (const absl::Status status = (*agent)->Run(); !status.ok()) {
    faultline::LogError(std::string(status.message()));
    return kRuntimeFailure;
  }
  return 0;
}
