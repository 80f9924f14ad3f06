// Declaration of the check `exposure`: the port check turned round.
#include <utility>

#include "agent/checks/check.h"
#include "agent/checks/port_options.h"
#include "agent/checks/port_probe.h"
#include "agent/checks/registry.h"

namespace faultline::checks {

const CheckKind& ExposureCheckKind();

namespace {

std::unique_ptr<Check> MakeExposureCheck(const config::CheckConfig& check,
                                         const CheckContext& context) {
  PortOptions options = PortOptionsFor(check, ExposureCheckKind());
  options.expect_closed = true;
  return std::make_unique<PortProbe>(std::move(options), context);
}

CheckKind DeclareExposure() {
  CheckKind kind;
  kind.kind = "exposure";
  kind.help =
      "Whether a TCP port that must be closed to this host is. It is probed as the check `port` "
      "does; here silence and refusal are well. A port that is closed because nothing listens is "
      "closed, too: whether it is open to those who need it is for their check `port` to say.";
  kind.target_help = "host:port, as in 10.0.2.10:3306";
  kind.rights =
      "CAP_NET_RAW for MySQL's ports (3306, 33060), which are never connected to. Without: "
      "UNKNOWN, RIGHT_MISSING.";
  kind.needs = {HalfOpenRight(&AimsAtMySqlPort)};
  // No outage hangs on it, and what is dropped fills the flow logs of the network.
  kind.default_interval = Span::Seconds(30);
  kind.min_interval = Span::Seconds(1);
  kind.reasons = {
      {"EXPOSED", "CRITICAL: the port answers this host."},
      {"DNS_FAILED", "UNKNOWN: the name does not resolve; two tries where no server answers."},
      {"RIGHT_MISSING", "UNKNOWN: no CAP_NET_RAW, and connecting would do harm."},
      {"CANNOT_PROBE", "UNKNOWN: this process cannot open or use a socket."},
      {"AGENT_STARVED",
       "UNKNOWN: this agent gets too little CPU to tell a miss from its own delay."},
      {"RESOLVING", "UNKNOWN: asked to look before the name was first resolved."}};
  kind.validate = &ValidatePortTarget;
  kind.make = &MakeExposureCheck;
  return kind;
}

}  // namespace

const CheckKind& ExposureCheckKind() {
  static const CheckKind kKind = DeclareExposure();
  return kKind;
}

}  // namespace faultline::checks
