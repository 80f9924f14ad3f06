#include "collector/incidents/impact_words.h"

#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/message_words.h"

namespace faultline::incidents {
namespace {

struct Felt {
  std::string_view reason;
  const char* why;     // of a connection that does not come about
  const char* target;  // what the target does
};

constexpr Felt kFelt[] = {
    {"REFUSED", "refused", "refuses"},
    {"TIMEOUT", "no answer", "does not answer"},
    {"NO_GREETING", "no answer", "does not answer"},
    {"CONNECTION_LOST", "closed", "closes connections"},
    {"NOT_MYSQL", "another program", "is no MySQL"},
    {"RESET", "reset", "resets connections"},
    {"HOST_UNREACHABLE", "its host cannot be reached", "is on a host that cannot be reached"},
    {"NET_UNREACHABLE", "no route", "is in a network without a route"},
    {"ADMIN_PROHIBITED", "a firewall or route prohibits it",
     "is prohibited by a firewall or route"},
    {"DNS_FAILED", "its name does not resolve", "does not resolve"},
    {"TLS_FAILED", "TLS fails", "fails at TLS"},
    {"HOST_BLOCKED", "the host is locked out", "has locked the host out"},
    {"HOST_NOT_ALLOWED", "the host has no account", "has no account for the host"},
    {"TOO_MANY_CONNECTIONS", "no connection left", "has no connection left"},
    {"UNKNOWN_DATABASE", "the database is not there", "does not have the database"},
    {"SHUTTING_DOWN", "shutting down", "is shutting down"},
    {"OFFLINE_MODE", "in offline mode", "is in offline mode"},
    {"SERVER_ERROR", "an error", "answers with an error"},
};

const Felt* FindFelt(std::string_view reason) {
  for (const Felt& felt : kFelt) {
    if (felt.reason == reason) return &felt;
  }
  return nullptr;
}

std::string Quantity(const model::CheckPicture& check) {
  return check.evidence.empty() ? "" : absl::StrCat(" (", check.evidence.front().text, ")");
}

// The check's own words, with the host that says them.
std::string Own(const std::string& host, const model::CheckPicture& check) {
  if (check.detail.empty()) return absl::StrCat(host, " sees trouble with ", check.id.target);
  return absl::StrContains(check.detail, host) ? check.detail
                                               : absl::StrCat(host, ": ", check.detail);
}

}  // namespace

std::string ImpactInWords(const std::string& host, const model::CheckPicture& check) {
  const std::string& kind = check.id.kind;
  const std::string& target = check.id.target;
  const Felt* felt = FindFelt(check.reason);
  if (kind == "port" && check.reason == "TIMEOUT") {
    return absl::StrCat(host, ": connects to ", target, " time out", Quantity(check));
  }
  if (kind == "port" && felt != nullptr) {
    return absl::StrCat(host, " cannot connect to ", target, " (", felt->why, ")");
  }
  if (kind == "port" && check.reason == "PACKET_LOSS") {
    return absl::StrCat(host, " loses packets on the way to ", target);
  }
  if (kind == "mysql" && felt != nullptr) {
    return absl::StrCat(host, " cannot log in to the database (", target, " ", felt->target, ")");
  }
  if (kind == "http" && absl::StartsWith(check.reason, "STATUS_")) {
    if (const auto status = GaugeOf(check, "http_status_code"); status.has_value()) {
      return absl::StrCat(host, ": ", target, " answers ", static_cast<int>(*status));
    }
  }
  if (kind == "http" && felt != nullptr) {
    return absl::StrCat(host, ": ", target, " ", felt->target);
  }
  if (kind == "ping" && (check.reason == "PING_TIMEOUT" || check.reason == "HOST_UNREACHABLE")) {
    return absl::StrCat(host, " gets no ping answer from ", target);
  }
  return Own(host, check);
}

}  // namespace faultline::incidents
