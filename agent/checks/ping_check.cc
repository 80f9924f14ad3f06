// Declaration of the check `ping`.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/loss_window.h"
#include "agent/checks/ping_probe.h"
#include "agent/checks/registry.h"
#include "agent/host/position_file.h"
#include "common/host_name.h"

namespace faultline::checks {

const CheckKind& PingCheckKind();

namespace {

absl::Status ValidatePing(const config::CheckConfig& check) {
  const std::string& host = check.id.target;
  if (host::ParseIpAddress(host).has_value() || IsHostName(host)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("target: \"", host,
                   "\" is neither a host name nor an address; write db.internal, 10.0.2.10 or "
                   "2001:db8::10, without a port"));
}

std::unique_ptr<Check> MakePingCheck(const config::CheckConfig& check,
                                     const CheckContext& context) {
  PingOptions options;
  options.target = check.id.target;
  options.interval = IntervalOf(check, PingCheckKind());
  options.loss_percent = static_cast<int>(IntegerOption(check, PingCheckKind(), kLossOption));
  options.memory_path = host::PositionPath(context.state_dir, "ping", check.id.ToString());
  return std::make_unique<PingProbe>(std::move(options), context);
}

CheckKind DeclarePing() {
  CheckKind kind;
  kind.kind = "ping";
  kind.help =
      "Whether a host answers ICMP echo requests, and how fast. It tells a host that is down from "
      "one whose service is.";
  kind.target_help = "a host, by name or address, as in db.internal, 10.0.2.10 or 2001:db8::10";
  kind.rights =
      "CAP_NET_RAW, or the agent's group in sysctl net.ipv4.ping_group_range. Without: UNKNOWN, "
      "RIGHT_MISSING.";
  kind.needs = {{.name = "CAP_NET_RAW",
                 .without = "cannot ping where net.ipv4.ping_group_range does not let it"}};
  kind.default_interval = Span::Seconds(1);
  kind.min_interval = Span::Millis(100);
  kind.options = {{.name = kLossOption,
                   .type = OptionType::kInteger,
                   .default_value = "10",
                   .help = "WARNING, PACKET_LOSS from this percentage of the last 200 pings "
                           "without an answer.",
                   .min = 1,
                   .max = 100}};
  kind.reasons = {
      {"PING_TIMEOUT",
       "CRITICAL: 5 misses in a row (up to 12 on a path that loses many packets), spread over at "
       "least 300 ms, of a host that has answered before."},
      {"HOST_UNREACHABLE",
       "CRITICAL: no answer, and ICMP or the link says that the host is not there."},
      {"NET_UNREACHABLE",
       "CRITICAL: no route or a blackhole, by this host's table or a router's ICMP."},
      {"ADMIN_PROHIBITED",
       "CRITICAL: a firewall says by ICMP that it prohibits this, to a host that has answered "
       "before; or a route of this host does."},
      {"PACKET_LOSS", "WARNING: it answers, but scattered packets go missing (`loss`)."},
      {"NEVER_ANSWERED",
       "UNKNOWN: it has never answered a ping from this host; a security group may close ICMP."},
      {"DNS_FAILED", "CRITICAL: the name does not resolve; two tries where no server answers."},
      {"RIGHT_MISSING", "UNKNOWN: may not send pings."},
      {"CANNOT_PROBE", "UNKNOWN: this process cannot open or use a socket."},
      {"AGENT_STARVED",
       "UNKNOWN: this agent gets too little CPU to tell a miss from its own delay."},
      {"RESOLVING", "UNKNOWN: asked to look before the name was first resolved."}};
  kind.gauges = {
      {"ping_round_trip_seconds", "Time from an ICMP echo request to its answer."},
      {"ping_packet_loss_ratio", "Share of the last 200 pings that nothing answered, 0 to 1."}};
  kind.validate = &ValidatePing;
  kind.make = &MakePingCheck;
  return kind;
}

}  // namespace

const CheckKind& PingCheckKind() {
  static const CheckKind kKind = DeclarePing();
  return kKind;
}

}  // namespace faultline::checks
