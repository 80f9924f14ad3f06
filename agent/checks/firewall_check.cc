// Declaration of the check `firewall`.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/firewall_watch.h"
#include "agent/checks/registry.h"

namespace faultline::checks {

const CheckKind& FirewallCheckKind();

namespace {

constexpr size_t kMaxClients = 64;

absl::Status ValidateFirewall(const config::CheckConfig& check) {
  const absl::StatusOr<FirewallTarget> target = ParseFirewallTarget(check.id.target);
  if (!target.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("target: ", std::string(target.status().message())));
  }
  const std::vector<std::string> clients = StringListOption(check, FirewallCheckKind(), "clients");
  if (clients.size() > kMaxClients) {
    return absl::InvalidArgumentError(
        absl::StrCat("clients: at most ", kMaxClients, "; write prefixes, as in 10.0.1.0/24"));
  }
  if (!clients.empty() && target->outgoing()) {
    return absl::InvalidArgumentError(
        "clients: is for incoming ports only; remove it, or write the port alone as target");
  }
  for (const std::string& client : clients) {
    if (!ParseAddressRange(client).has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("clients: \"", client,
                       "\" is neither an address nor a prefix; write 10.0.1.5 or 10.0.1.0/24"));
    }
  }
  return absl::OkStatus();
}

std::unique_ptr<Check> MakeFirewallCheck(const config::CheckConfig& check,
                                         const CheckContext& context) {
  const CheckKind& kind = FirewallCheckKind();
  FirewallOptions options;
  options.target_text = check.id.target;
  options.target = ParseFirewallTarget(check.id.target).value_or(FirewallTarget{});
  for (const std::string& client : StringListOption(check, kind, "clients")) {
    if (const auto range = ParseAddressRange(client)) options.clients.push_back(*range);
  }
  options.interval = IntervalOf(check, kind);
  options.window = DurationOption(check, kind, "window");
  return std::make_unique<FirewallWatch>(std::move(options), context);
}

CheckKind DeclareFirewall() {
  CheckKind kind;
  kind.kind = "firewall";
  kind.help =
      "Whether this host's packet filter (nftables, iptables) stops clients of a port, or this "
      "host "
      "on its way to one. The kernel tells of each change; the rule at fault is named. No packet "
      "is "
      "sent.";
  kind.target_help =
      "a port for what comes in, as in 3306; host:port for what goes out, as in 10.0.2.10:3306 or "
      "db.internal:3306, of which every address is looked at";
  kind.rights =
      "CAP_NET_ADMIN, to read the rules, and the program nft (package nftables). Legacy iptables "
      "also CAP_NET_RAW and iptables-legacy-save (package iptables). Without: UNKNOWN, "
      "RIGHT_MISSING "
      "or RULESET_UNREADABLE. Rules that an eBPF program or another network namespace has are not "
      "seen.";
  kind.needs = {{.name = "CAP_NET_ADMIN", .without = "cannot read the packet filter's rules"}};
  kind.default_interval = Span::Seconds(30);
  kind.min_interval = Span::Seconds(1);
  kind.options = {
      {.name = "clients",
       .type = OptionType::kStringList,
       .help =
           "Addresses and prefixes that the port serves, as in [10.0.1.0/24]; a rule that stops "
           "one of them is CRITICAL. Without it a rule for some sources only is WARNING, and "
           "where only some are let in the answer says that it is not known whether your clients "
           "are among them."},
      {.name = "window",
       .type = OptionType::kDuration,
       .default_value = "2s",
       .help = "Time between two readings of the counters, for a minute after a rule came under "
               "suspicion; the interval later.",
       .min = Span::Millis(200).ns,
       .max = Span::Seconds(60).ns}};
  kind.reasons = {
      {"DROP_RULE",
       "CRITICAL: a rule drops the packets. WARNING: those of some sources or interfaces, to some "
       "addresses of a name, or by IPv6 only."},
      {"REJECT_RULE", "CRITICAL: a rule rejects the packets. WARNING: as for DROP_RULE."},
      {"POLICY_DROP",
       "CRITICAL: a chain's policy is to drop, and no rule accepts the packets. WARNING: as for "
       "DROP_RULE."},
      {"PARTIAL_DROP",
       "WARNING: a rule drops some of the packets: by chance (statistic, numgen), or above a rate "
       "(limit, hashlimit, connlimit) while its counter moves."},
      {"UNDECIDED_RULE",
       "UNKNOWN: a rule may drop the packets and has a match that is not understood; it is "
       "quoted."},
      {"DNS_FAILED", "UNKNOWN: the target's name does not resolve."},
      {"RESOLVING", "UNKNOWN: asked to look before the name was first resolved."},
      {"RIGHT_MISSING", "UNKNOWN: no CAP_NET_ADMIN."},
      {"RULESET_UNREADABLE",
       "UNKNOWN: the program that prints the rules is missing, failed, took over 15 s or printed "
       "more than 8 MiB."}};
  kind.gauges = {
      {"firewall_rules", "Rules of the packet filter, in all tables."},
      {"firewall_dropped_packets", "Packets that the blamed rule has counted; absent without one."},
      {"firewall_read_duration_seconds", "How long the last reading of the rules took."}};
  kind.validate = &ValidateFirewall;
  kind.make = &MakeFirewallCheck;
  return kind;
}

}  // namespace

const CheckKind& FirewallCheckKind() {
  static const CheckKind kKind = DeclareFirewall();
  return kKind;
}

}  // namespace faultline::checks
