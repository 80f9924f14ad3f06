#include "collector/rules/rule.h"

namespace faultline::rules {

const std::vector<Rule>& DefaultRules() {
  static const auto* const kRules = new std::vector<Rule>{
      {.name = "ServiceDown",
       .kind = "unit",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "A watched systemd unit is stopped, failed or taking too long to come back."},
      {.name = "NotListening",
       .kind = "listener",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .symptom = true,
       .help = "Nothing listens on a port, or the wrong process or address does."},
      {.name = "PortUnreachable",
       .kind = "port",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .symptom = true,
       .help = "A port cannot be reached from a host that needs it."},
      {.name = "PortExposed",
       .kind = "exposure",
       // Nobody is without service: a ticket for working hours, as for any drift of the network.
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kWarning,
       .help = "A port answers a host that must not reach it."},
      {.name = "CertificateTrouble",
       .kind = "certificate",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "A certificate expires soon, has expired or does not fit."},
      {.name = "LogErrors",
       .kind = "log",
       .on_warning = Severity::kInfo,
       .on_critical = Severity::kInfo,
       .help = "Errors are being logged. Recorded, told to nobody."},
      {.name = "DatabaseUnusable",
       .kind = "mysql",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .symptom = true,
       .help = "The database does not take logins or does not answer as it should."},
      {.name = "HttpFailing",
       .kind = "http",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .symptom = true,
       .help = "A page gives the wrong answer, or none."},
      {.name = "FirewallBlocks",
       .kind = "firewall",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "A rule or policy of a host's own firewall keeps traffic from a watched port."},
      {.name = "RouteBroken",
       .kind = "route",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "A host has no way to an address that it needs."},
      // A path is judged by what users need of it, a port: ICMP may be closed on purpose.
      {.name = "PingUnanswered",
       .kind = "ping",
       .on_warning = Severity::kInfo,
       .on_critical = Severity::kInfo,
       .help = "A host does not answer pings. Recorded as evidence, told to nobody."},
      {.name = "DiskTrouble",
       .kind = "disk",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "A file system is full, filling, or can no longer be written to."},
      {.name = "MemoryTrouble",
       .kind = "memory",
       .on_warning = Severity::kInfo,
       .on_critical = Severity::kWarning,
       .help = "A host is short of memory."},
      {.name = "LoadHigh",
       .kind = "load",
       .on_warning = Severity::kInfo,
       .on_critical = Severity::kInfo,
       .help = "A host is busy. Recorded, told to nobody."},
      {.name = "ClockTrouble",
       .kind = "clock",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kWarning,
       .delay = Span::Seconds(60),
       .help = "A host's clock is wrong or not kept by anything."},
      {.name = "BootstrapFailed",
       .kind = "bootstrap",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kWarning,
       .help = "A host's user-data has failed: it is not what it should have become."},
      {.name = "AgentSilent",
       .kind = "agent",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .delay = Span::Seconds(300),
       .delays_critical = false,
       .help = "An agent has not been heard from for five minutes, or its host does not answer "
               "others either: it is gone."},
      {.name = "StoreFailing",
       .kind = "store",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "The collector cannot write its own history, or had to begin a new one."},
      // Last: kinds that a newer agent may bring.
      {.name = "CheckFailing",
       .kind = "",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "A check without a rule of its own is failing."},
  };
  return *kRules;
}

const Rule& RuleFor(std::string_view kind) {
  for (const Rule& rule : DefaultRules()) {
    if (rule.kind == kind) return rule;
  }
  return DefaultRules().back();
}

std::optional<Span> GraceFor(std::string_view reason, const Patience& patience) {
  if (reason == "UNIT_RESTARTING" || reason == "UNIT_STARTING") return patience.restart;
  if (reason == "PACKAGE_UPGRADE") return patience.upgrade;
  if (reason == "HOST_STOPPING") return patience.reboot;
  return std::nullopt;
}

}  // namespace faultline::rules
