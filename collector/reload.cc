#include "collector/reload.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "collector/config/byte_size.h"
#include "common/text.h"

namespace faultline::collector {

std::vector<std::string> NeedsRestart(const config::CollectorConfig& running,
                                      const config::CollectorConfig& loaded) {
  struct Setting {
    const char* key;
    std::string before;
    std::string after;
  };
  const auto text = [](Span span) { return FormatSpan(span); };
  const Setting settings[] = {
      {"listen.agents", running.listen_agents, loaded.listen_agents},
      {"listen.enrolment", running.listen_enrolment, loaded.listen_enrolment},
      {"listen.http", running.listen_http, loaded.listen_http},
      {"tls.ca", running.tls_ca, loaded.tls_ca},
      {"tls.certificate", running.tls_certificate, loaded.tls_certificate},
      {"tls.key", running.tls_key, loaded.tls_key},
      {"authority.directory", running.authority.directory, loaded.authority.directory},
      {"authority.certificate_life", text(running.authority.certificate_life),
       text(loaded.authority.certificate_life)},
      {"authority.renew_expired", text(running.authority.renew_expired),
       text(loaded.authority.renew_expired)},
      {"operator.key_file", running.operator_key_file, loaded.operator_key_file},
      {"store.path", running.store_path, loaded.store_path},
      {"store.keep", text(running.store_keep), text(loaded.store_keep)},
      {"store.max_size", config::FormatByteSize(running.store_max_bytes),
       config::FormatByteSize(loaded.store_max_bytes)},
      {"display.timezone", running.timezone, loaded.timezone},
      {"display.url", running.display_url, loaded.display_url},
      {"heartbeat", text(running.heartbeat), text(loaded.heartbeat)},
      {"grace.restart", text(running.grace_restart), text(loaded.grace_restart)},
      {"grace.upgrade", text(running.grace_upgrade), text(loaded.grace_upgrade)},
      {"grace.reboot", text(running.grace_reboot), text(loaded.grace_reboot)},
  };
  std::vector<std::string> lines;
  for (const Setting& setting : settings) {
    if (setting.before == setting.after) continue;
    lines.push_back(
        absl::StrCat(setting.key, " stays ", setting.before.empty() ? "unset" : setting.before,
                     " until a restart (systemctl restart faultline-collector); the file says ",
                     setting.after.empty() ? "nothing" : setting.after));
  }
  return lines;
}

std::string RefusalText(const absl::Status& status) {
  constexpr size_t kMostLines = 20;
  constexpr size_t kMostOfALine = 500;
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n', absl::SkipEmpty())) {
    if (lines.size() < kMostLines) lines.push_back(CleanText(std::string(line), kMostOfALine));
  }
  return absl::StrJoin(lines, "\n");
}

}  // namespace faultline::collector
