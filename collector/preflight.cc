#include "collector/preflight.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/notify/notify.h"
#include "collector/security/authority.h"
#include "collector/security/open_secrets.h"
#include "collector/security/operator_key.h"
#include "collector/security/private_file.h"
#include "collector/security/registry_schema.h"
#include "collector/security/token_files.h"
#include "collector/store/database_file.h"
#include "collector/store/schema.h"
#include "common/place.h"
#include "common/tls/pem_files.h"

namespace faultline::collector {
namespace {

class Judge {
 public:
  Judge(const config::CollectorConfig& config, const Clock& clock)
      : config_(config), clock_(clock) {}

  Judgement All() {
    Take(store::DatabaseFile::Examine(config_.store_path));
    const int64_t schema = store::SchemaOfFile(config_.store_path);
    Take(store::CheckSchemaOfStore(schema, absl::StrCat("store.path: ", config_.store_path)));
    JudgeOperatorKey();
    if (config_.is_authority()) {
      JudgeAuthority();
    } else {
      Take(tls::LoadPemFiles({config_.tls_ca, config_.tls_certificate, config_.tls_key},
                             "the collector's user")
               .status());
    }
    for (size_t i = 0; i < config_.webhooks.size(); ++i) {
      const config::WebhookConfig& webhook = config_.webhooks[i];
      const auto notifier = notify::MakeWebhookNotifier({.name = webhook.name,
                                                         .url = webhook.url,
                                                         .timeout = webhook.timeout,
                                                         .base_url = config_.display_url},
                                                        clock_);
      if (notifier.ok()) continue;
      found_.errors.push_back(absl::StrCat("notify[", i, "]: ", notifier.status().message()));
    }
    for (const auto& secret : security::OpenSecrets(config_)) {
      if (!secret.refused) found_.warnings.push_back(secret.text);  // the others were found above
    }
    return std::move(found_);
  }

 private:
  void Take(const absl::Status& status) {
    if (!status.ok()) found_.errors.emplace_back(status.message());
  }

  void JudgeOperatorKey() {
    const std::string path = config_.OperatorKeyFile();
    const absl::Status opened = security::OperatorKey::Open(path).status();
    if (!absl::IsNotFound(opened)) return Take(opened);
    // Beside the store it will lie where the store was judged already.
    if (config_.operator_key_file.empty()) return;
    const absl::Status place = CheckPlace(security::ParentOf(path));
    if (!place.ok()) {
      found_.errors.push_back(absl::StrCat("operator.key_file: ", place.message()));
    }
  }

  void JudgeAuthority() {
    const std::string& directory = config_.authority.directory;
    const absl::Status opened = security::Authority::Open(directory, clock_.Now()).status();
    if (absl::IsNotFound(opened)) {
      Take(security::CheckClock(clock_.Now()));
      const absl::Status place = CheckPlace(security::ParentOf(directory));
      if (!place.ok()) {
        found_.errors.push_back(absl::StrCat("authority.directory: ", place.message()));
      }
    } else if (!opened.ok()) {
      Take(opened);
    } else {
      const std::string registry = directory + "/joining.db";
      Take(store::DatabaseFile::Examine(registry, "authority.directory"));
      Take(security::CheckSchemaOfRegistry(store::SchemaOfFile(registry), registry));
    }
    for (size_t i = 0; i < config_.authority.tokens.size(); ++i) {
      const absl::Status read = security::ReadTokenFile(config_.authority.tokens[i].file).status();
      if (read.ok()) continue;
      found_.warnings.push_back(
          absl::StrCat("authority.tokens[", i, "] is not taken: ", read.message()));
    }
  }

  const config::CollectorConfig& config_;
  const Clock& clock_;
  Judgement found_;
};

}  // namespace

std::vector<std::string> ClosedToService(const config::CollectorConfig& config,
                                         const ServiceAccount& account) {
  struct Read {
    const char* field;
    std::string path;
  };
  std::vector<Read> reads = {{"", config.file},
                             {"tls.ca: ", config.tls_ca},
                             {"tls.certificate: ", config.tls_certificate},
                             {"tls.key: ", config.tls_key},
                             {"operator.key_file: ", config.OperatorKeyFile()},
                             {"store.path: ", config.store_path}};
  if (config.is_authority()) {
    for (const char* name : {"/ca.crt", "/ca.key", "/joining.db"}) {
      reads.push_back({"authority.directory: ", config.authority.directory + name});
    }
  }
  std::vector<std::string> lines;
  for (const auto& [field, path] : reads) {
    const std::string closed = path.empty() ? "" : UnreadableFor(account, path);
    if (closed.empty()) continue;
    const char* mode = closed == path ? "640" : "750";
    lines.push_back(absl::StrCat(
        field, path, " may not be read by ", account.user, ", as whom the service runs",
        closed == path ? "" : absl::StrCat(", because it may not enter ", closed),
        "; type: sudo sh -c 'chgrp ", account.group, " ", closed, " && chmod ", mode, " ", closed,
        "'"));
  }
  return lines;
}

Judgement Preflight(const config::CollectorConfig& config, const Clock& clock) {
  return Judge(config, clock).All();
}

}  // namespace faultline::collector
