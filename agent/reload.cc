#include "agent/reload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/link/join_state.h"

namespace faultline::agent {
namespace {

const char* OrNothing(const std::string& value) { return value.empty() ? "unset" : value.c_str(); }

}  // namespace

std::vector<std::string> NeedsRestart(const config::AgentConfig& running,
                                      const config::AgentConfig& loaded,
                                      const std::optional<HostIdentity>& joined) {
  struct Setting {
    const char* name;
    const std::string& before;
    const std::string& after;
  };
  std::vector<Setting> settings = {
      {"collector.address", running.collector_address, loaded.collector_address},
      {"collector.name", running.collector_name, loaded.collector_name},
      {"tls.ca", running.tls.ca, loaded.tls.ca},
      {"tls.certificate", running.tls.certificate, loaded.tls.certificate},
      {"tls.key", running.tls.key, loaded.tls.key},
      {"join.token_file", running.join.token_file, loaded.join.token_file},
      {"join.address", running.join.address, loaded.join.address},
      {"state_dir", running.state_dir, loaded.state_dir},
      {"cloud", running.cloud, loaded.cloud},
  };
  // A host that has not joined yet goes on trying as what it was started as.
  if (loaded.join.enabled() && !joined) {
    settings.push_back({"join.host", running.join.host, loaded.join.host});
    settings.push_back({"role", running.role, loaded.role});
  }
  std::vector<std::string> lines;
  for (const Setting& setting : settings) {
    if (setting.before == setting.after) continue;
    lines.push_back(absl::StrCat(setting.name, " stays ", OrNothing(setting.before),
                                 " until a restart (systemctl restart faultline-agent); the file "
                                 "says ",
                                 OrNothing(setting.after)));
  }
  if (loaded.join.enabled() && joined) {
    std::string kept = link::KeptAlthough(*joined, loaded.join.host, loaded.role);
    if (!kept.empty()) lines.push_back(std::move(kept));
  }
  return lines;
}

}  // namespace faultline::agent
