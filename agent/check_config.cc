#include "agent/check_config.h"

#include <unistd.h>

#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/agent.h"
#include "agent/init/host_files.h"
#include "agent/joining.h"
#include "agent/link/link.h"
#include "agent/rights.h"
#include "agent/secret_files.h"
#include "agent/service_files.h"
#include "agent/unit_notes.h"
#include "common/exit_code.h"
#include "common/service_account.h"

namespace faultline::agent {
namespace {

constexpr char kUnit[] = "faultline-agent.service";

// To root's own eyes nothing is closed: what counts is what the service's user may read.
ClosedFiles ClosedToService(const config::AgentConfig& config) {
  if (geteuid() != 0) return {};
  const auto account = FindServiceAccount(kUnit);
  return account.has_value() ? FilesClosedTo(*account, config) : ClosedFiles{};
}

void PrintEach(const char* title, const std::vector<std::string>& lines, std::ostream& out) {
  for (const std::string& line : lines) out << title << line << "\n";
}

}  // namespace

int CheckConfig(const config::AgentConfig& config, std::ostream& out, std::ostream& err) {
  const ClosedFiles closed = ClosedToService(config);
  std::vector<std::string> wrong = closed.needed;
  std::string plan;
  if (absl::Status state = CheckStateDirectory(config); !state.ok()) {
    wrong.emplace_back(state.message());
  }
  if (config.join.enabled()) {
    const auto planned = JoinPlan(config);
    if (planned.ok()) plan = absl::StrCat("Joining: ", *planned, "\n");
    if (!planned.ok()) wrong.emplace_back(planned.status().message());
  } else if (absl::Status tls = link::CheckTlsFiles(config.tls); !tls.ok()) {
    wrong.emplace_back(tls.message());
  }
  PrintEach("faultline-agent: ", wrong, err);
  if (!wrong.empty()) return kBadUsage;
  init::HostFiles files;
  out << config.file << ": OK, " << config.checks.size() << " checks\n" << plan;
  PrintEach("Note: ", config.notes, out);
  PrintEach("Note: ", UnknownUnits(config, files), out);
  PrintEach("Right: ", MissingRights(config.checks), out);
  PrintEach("Right: ", closed.by_check, out);
  PrintEach("Warning: ", OpenSecretFiles(config), out);
  out << std::flush;
  return out.good() ? 0 : kRuntimeFailure;
}

}  // namespace faultline::agent
