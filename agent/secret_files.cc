#include "agent/secret_files.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/link/identity_store.h"
#include "common/secret_mode.h"

namespace faultline::agent {

std::vector<std::string> OpenSecretFiles(const config::AgentConfig& config) {
  std::vector<std::pair<std::string, std::string>> files = {
      {"tls.key", config.tls.key},
      {"join.token_file", config.join.token_file},
      {"this host's identity", link::IdentityStore::PathIn(config.state_dir)}};
  for (const config::CheckConfig& check : config.checks) {
    const auto option = check.options.find("password_file");
    if (option == check.options.end() || option->second.values.empty()) continue;
    files.emplace_back(absl::StrCat(check.place, ".password_file"), option->second.values.front());
  }
  std::vector<std::string> lines;
  for (const auto& [field, path] : files) {
    const std::string open = OpenToOthers(path);
    if (!open.empty()) lines.push_back(absl::StrCat(field, ": ", open));
  }
  return lines;
}

}  // namespace faultline::agent
