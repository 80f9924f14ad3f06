#include "collector/security/open_secrets.h"

#include "absl/strings/str_cat.h"
#include "common/secret_mode.h"

namespace faultline::security {

std::vector<OpenSecret> OpenSecrets(const config::CollectorConfig& config) {
  std::vector<OpenSecret> found;
  const auto look = [&found](const std::string& field, const std::string& path, bool refused,
                             unsigned forbidden = 027) {
    const std::string open = OpenToOthers(path, forbidden);
    if (!open.empty()) found.push_back({absl::StrCat(field, ": ", open), refused});
  };
  look("operator.key_file", config.OperatorKeyFile(), true);
  if (!config.is_authority()) {
    look("tls.key", config.tls_key, false);
    return found;
  }
  look("authority.directory", config.authority.directory + "/ca.key", true, 077);
  for (size_t i = 0; i < config.authority.tokens.size(); ++i) {
    look(absl::StrCat("authority.tokens[", i, "].file"), config.authority.tokens[i].file, false);
  }
  return found;
}

}  // namespace faultline::security
