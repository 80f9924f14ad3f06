// Declaration of the check `port`.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/loss_window.h"
#include "agent/checks/port_options.h"
#include "agent/checks/port_probe.h"
#include "agent/checks/registry.h"

namespace faultline::checks {

const CheckKind& PortCheckKind();

namespace {

constexpr char kWay[] = "probe";

std::optional<ProbeWay> ParseWay(const std::string& text) {
  if (text == "auto") return ProbeWay::kAuto;
  if (text == "half_open") return ProbeWay::kHalfOpen;
  if (text == "connect") return ProbeWay::kConnect;
  return std::nullopt;
}

absl::Status ValidatePort(const config::CheckConfig& check) {
  if (absl::Status target = ValidatePortTarget(check); !target.ok()) return target;
  const std::string way_text = StringOption(check, PortCheckKind(), kWay);
  const std::optional<ProbeWay> way = ParseWay(way_text);
  if (!way.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "probe: \"", way_text, "\" is not a way to probe; write auto, half_open or connect"));
  }
  if (*way == ProbeWay::kConnect && AimsAtMySqlPort(check)) {
    return absl::InvalidArgumentError(
        "probe: connects to a MySQL port would lock this host out (max_connect_errors); write "
        "half_open or leave it out");
  }
  return absl::OkStatus();
}

std::unique_ptr<Check> MakePortCheck(const config::CheckConfig& check,
                                     const CheckContext& context) {
  PortOptions options = PortOptionsFor(check, PortCheckKind());
  options.way = ParseWay(StringOption(check, PortCheckKind(), kWay)).value_or(ProbeWay::kAuto);
  options.loss_percent = static_cast<int>(IntegerOption(check, PortCheckKind(), kLossOption));
  return std::make_unique<PortProbe>(std::move(options), context);
}

bool NeedsHalfOpen(const config::CheckConfig& check) {
  return StringOption(check, PortCheckKind(), kWay) == "half_open" || AimsAtMySqlPort(check);
}

CheckKind DeclarePort() {
  CheckKind kind;
  kind.kind = "port";
  kind.help =
      "Whether a TCP port can be reached from this host. A half-open SYN where the agent may send "
      "one, so that the server never sees a connection; a plain connect otherwise.";
  kind.target_help = "host:port, as in 10.0.2.10:3306, db.internal:3306 or [2001:db8::1]:443";
  kind.rights =
      "CAP_NET_RAW for half-open probes. Without it ports are probed by connecting, and MySQL's "
      "ports (3306, 33060) not at all: the check says UNKNOWN, RIGHT_MISSING.";
  kind.needs = {HalfOpenRight(&NeedsHalfOpen)};
  kind.default_interval = Span::Millis(500);
  kind.min_interval = Span::Millis(100);
  kind.options = {{.name = kWay,
                   .type = OptionType::kString,
                   .default_value = "auto",
                   .help = "How to probe: auto, half_open (never connect, for MySQL on another "
                           "port) or connect."},
                  {.name = kLossOption,
                   .type = OptionType::kInteger,
                   .default_value = "10",
                   .help = "WARNING, PACKET_LOSS from this percentage of the last 200 packets "
                           "without an answer.",
                   .min = 1,
                   .max = 100}};
  kind.reasons = {
      {"REFUSED",
       "CRITICAL: the target answered with RST, or a firewall with ICMP port "
       "unreachable. Told by the first answer."},
      {"TIMEOUT",
       "CRITICAL: 5 misses in a row (up to 12 on a path that loses many packets), spread over at "
       "least 300 ms."},
      {"HOST_UNREACHABLE",
       "CRITICAL: no answer, and ICMP or the link says that the host is not "
       "there."},
      {"NET_UNREACHABLE",
       "CRITICAL: no route or a blackhole, by this host's table or a router's ICMP."},
      {"RESET", "CRITICAL: connected, then reset."},
      {"ADMIN_PROHIBITED", "CRITICAL: a firewall says by ICMP that it prohibits this."},
      {"DNS_FAILED", "CRITICAL: the name does not resolve; two tries where no server answers."},
      {"PACKET_LOSS", "WARNING: it answers, but scattered packets go missing (`loss`)."},
      {"RIGHT_MISSING", "UNKNOWN: no CAP_NET_RAW, and connecting would do harm."},
      {"CANNOT_PROBE", "UNKNOWN: this process cannot open or use a socket."},
      {"AGENT_STARVED",
       "UNKNOWN: this agent gets too little CPU to tell a miss from its own delay."},
      {"RESOLVING", "UNKNOWN: asked to look before the name was first resolved."}};
  kind.gauges = {
      {"probe_duration_seconds",
       "Time from the first packet of an attempt to connect to its answer."},
      {"probe_packet_loss_ratio", "Share of the last 200 packets that nothing answered, 0 to 1."}};
  kind.validate = &ValidatePort;
  kind.make = &MakePortCheck;
  return kind;
}

}  // namespace

const CheckKind& PortCheckKind() {
  static const CheckKind kKind = DeclarePort();
  return kKind;
}

}  // namespace faultline::checks
