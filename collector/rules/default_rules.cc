#include "collector/rules/rule.h"

namespace faultline::rules {

const std::vector<Rule>& DefaultRules() {
  static const auto* const rules = new std::vector<Rule>{
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
      {.name = "AgentSilent",
       .kind = "agent",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kWarning,
       .delay = Span::Seconds(300),
       .help = "An agent has not been heard from for five minutes."},
      // Last: kinds that a newer agent may bring.
      {.name = "CheckFailing",
       .kind = "",
       .on_warning = Severity::kWarning,
       .on_critical = Severity::kCritical,
       .help = "A check without a rule of its own is failing."},
  };
  return *rules;
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
