// What a probe of a port is told, and what the checks `port` and `exposure` read alike from their
// configuration.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "agent/checks/check.h"
#include "agent/checks/probe_pacing.h"
#include "agent/host/endpoint.h"

namespace faultline::checks {

enum class ProbeWay {
  kAuto,      // half-open where the right is there, else connect; on a MySQL port never connect
  kHalfOpen,  // never connect
  kConnect,
};

struct PortOptions {
  std::string target;  // as configured
  host::HostPort endpoint;
  Span interval;
  ProbeWay way = ProbeWay::kAuto;
  int loss_percent = LossWindow::kDefaultPercent;
  bool expect_closed = false;  // the check `exposure`: an answer is the trouble
};

// 3306 and 33060: a connection begun and not finished counts towards the server's
// max_connect_errors, and a hundred of them lock this host out.
bool IsMySqlPort(uint16_t port);

// Target, endpoint and interval; the rest as it is unless said. The target has been validated.
PortOptions PortOptionsFor(const config::CheckConfig& check, const CheckKind& kind);

// That the target is host:port.
absl::Status ValidatePortTarget(const config::CheckConfig& check);

bool AimsAtMySqlPort(const config::CheckConfig& check);

// CAP_NET_RAW, for what `needed_by` picks out.
Right HalfOpenRight(bool (*needed_by)(const config::CheckConfig& check));

}  // namespace faultline::checks
