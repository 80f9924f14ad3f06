#include "collector/incidents/trouble_words.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/message_words.h"

namespace faultline::incidents {
namespace {

struct Words {
  std::string_view kind;
  std::string_view reason;
  std::string_view words;
};

// What no line here names is "in trouble (its reason)".
constexpr std::array kWords = {
    Words{"mysql", "NO_GREETING", "hung"},
    Words{"mysql", "HOST_NOT_ALLOWED", "refuses logins"},
    Words{"mysql", "HOST_BLOCKED", "refuses logins"},
    Words{"mysql", "TOO_MANY_CONNECTIONS", "refuses logins"},
    Words{"mysql", "READ_ONLY", "read-only"},
    Words{"mysql", "SLOW_QUERY", "slow"},
    Words{"mysql", "REPLICA_LAG", "behind its primary"},
    Words{"http", "SLOW", "slow"},
    Words{"http", "NO_HTTPS_REDIRECT", "does not redirect to HTTPS"},
    Words{"http", "BODY_MISMATCH", "gives a wrong page"},
    Words{"http", "STATUS_502", "failing (502)"},
    Words{"http", "STATUS_504", "failing (504)"},
    Words{"http", "STATUS_OTHER", "failing"},
    Words{"disk", "DISK_FULL", "running out"},
    Words{"disk", "INODES_FULL", "running out"},
    Words{"disk", "READ_ONLY_FS", "read-only"},
};

constexpr std::array kCertificateWords = {
    Words{"", "EXPIRED", "expired"},
    Words{"", "EXPIRES_SOON", "expires soon"},
    Words{"", "NOT_YET_VALID", "not valid yet"},
    Words{"", "HOSTNAME_MISMATCH", "does not cover its name"},
    Words{"", "CHAIN_INCOMPLETE", "chain incomplete"},
    Words{"", "SELF_SIGNED", "signed by itself"},
    Words{"", "KEY_MISMATCH", "does not fit its key"},
    Words{"", "SERVED_IS_OLDER", "renewed but not reloaded"},
    Words{"", "RENEWAL_FAILING", "renewal failing"},
};

std::string Look(const auto& table, std::string_view kind, const std::string& reason) {
  for (const Words& line : table) {
    if (line.kind == kind && line.reason == reason) return std::string(line.words);
  }
  return absl::StrCat("in trouble (", InWords(reason), ")");
}

// The network's words for "no way there", whatever asked.
bool IsUnreachable(const std::string& reason) {
  constexpr std::array<std::string_view, 8> kReasons = {
      "REFUSED",         "TIMEOUT",          "RESET",      "HOST_UNREACHABLE",
      "NET_UNREACHABLE", "ADMIN_PROHIBITED", "DNS_FAILED", "LOOPBACK_ONLY"};
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace

std::string ServiceTrouble(const rules::Alert& lead) {
  const std::string& kind = lead.check.kind;
  // A firewall that drops only some packets is felt as trouble, not as an end.
  const bool blocks = kind == "firewall" && !absl::StartsWith(lead.reason, "PARTIAL");
  const bool has_no_way =
      kind == "port" ? lead.reason != "PACKET_LOSS" : IsUnreachable(lead.reason);
  if (blocks || kind == "route" || has_no_way) return "unreachable";
  if (kind == "unit" || kind == "listener") return "down";
  return Look(kWords, kind, lead.reason);
}

std::string CertificateTrouble(const std::string& reason) {
  return Look(kCertificateWords, "", reason);
}

}  // namespace faultline::incidents
