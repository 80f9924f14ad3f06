#include "agent/checks/port_options.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/registry.h"

namespace faultline::checks {

bool IsMySqlPort(uint16_t port) { return port == 3306 || port == 33060; }

PortOptions PortOptionsFor(const config::CheckConfig& check, const CheckKind& kind) {
  PortOptions options;
  options.target = check.id.target;
  if (absl::StatusOr<host::HostPort> endpoint = host::ParseHostPort(check.id.target);
      endpoint.ok()) {
    options.endpoint = *std::move(endpoint);
  }
  options.interval = IntervalOf(check, kind);
  return options;
}

absl::Status ValidatePortTarget(const config::CheckConfig& check) {
  const absl::StatusOr<host::HostPort> endpoint = host::ParseHostPort(check.id.target);
  if (endpoint.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("target: ", std::string(endpoint.status().message())));
}

bool AimsAtMySqlPort(const config::CheckConfig& check) {
  const absl::StatusOr<host::HostPort> endpoint = host::ParseHostPort(check.id.target);
  return endpoint.ok() && IsMySqlPort(endpoint->port);
}

Right HalfOpenRight(bool (*needed_by)(const config::CheckConfig& check)) {
  return {.type = Right::Type::kCapability,
          .name = "CAP_NET_RAW",
          .without = "cannot probe half-open, so MySQL's ports not at all",
          .needed_by = needed_by};
}

}  // namespace faultline::checks
