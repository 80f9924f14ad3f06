// The collector's configuration: what collector.yaml says, validated whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::config {

struct WebhookConfig {
  std::string name;
  std::string url;                   // http or https; may hold a secret: never logged
  Span timeout = Span::Seconds(10);  // 100 ms to 1 m
  uint32_t at_once = 4;              // messages under way, 1 to 32
  // How often an open critical incident is told again: 0 = never, else 1 m to 30 d.
  Span repeat = Span::Seconds(4 * 3600);

  bool operator==(const WebhookConfig&) const = default;
};

// A join token that somebody else made, for hosts that are made together with the collector.
struct TokenSource {
  std::string file;  // holds the token alone; mode 0600 or 0640
  std::string stack;
  std::string env;
  std::vector<std::string> roles;   // of identity.h; empty: any, or none
  int64_t uses = 1;                 // 1 to 10,000
  Span ttl = Span::Seconds(86400);  // from its import on; 1 m to 365 d
  bool replace = false;             // may take over the names of silent hosts
};

// The collector's own certificate authority.
struct AuthorityConfig {
  std::string directory = "/var/lib/faultline/collector/authority";
  Span certificate_life = Span::Seconds(48 * 3600);  // 1 h to 1 year
  Span renew_expired = Span::Seconds(7 * 86400);     // 0 to 1 year
  std::vector<TokenSource> tokens;
};

struct CollectorConfig {
  std::string file;
  std::string listen_agents = "0.0.0.0:7443";
  std::string listen_enrolment = "0.0.0.0:7444";  // where the collector is the authority
  std::string listen_http = "127.0.0.1:7480";     // loopback only until there are accounts
  // An authority of your own: all three files, or none and the collector is the authority itself.
  std::string tls_ca;
  std::string tls_certificate;
  std::string tls_key;
  AuthorityConfig authority;
  std::string operator_key_file;  // empty: operator.key beside the store
  std::string store_path = "/var/lib/faultline/collector/faultline.db";
  Span store_keep = Span::Seconds(30 * 86400);  // 1 d to 10 years
  int64_t store_max_bytes = int64_t{2} << 30;   // 64 MiB to 1024 TiB
  std::vector<WebhookConfig> webhooks;
  std::string timezone;               // IANA name that the system knows; empty = UTC only
  std::string display_url;            // base of links, without '/' at its end; empty = no links
  Span heartbeat = Span::Seconds(1);  // 100 ms to 5 m
  Span grace_restart = Span::Seconds(30);  // these three: 100 ms to 1 day
  Span grace_upgrade = Span::Seconds(600);
  Span grace_reboot = Span::Seconds(300);
  Span grace_silent_host = Span::Seconds(30);  // 0 = never, to 1 day

  Span forget_after = Span::Seconds(7 * 86'400);  // 1 h to 10 years; {0} = off

  bool is_authority() const { return tls_ca.empty(); }
  std::string OperatorKeyFile() const;
};

// Parses `text` that came from `file`. All errors at once, one a line, naming line, field and fix:
// "collector.yaml:7: listen.http: \"0.0.0.0:7480\" is not loopback; ...". Secrets are not shown.
absl::StatusOr<CollectorConfig> ParseCollectorConfig(const std::string& text,
                                                     const std::string& file);
// Reads and parses; the TLS files must be readable, too.
absl::StatusOr<CollectorConfig> LoadCollectorConfig(const std::string& file);

}  // namespace faultline::config
