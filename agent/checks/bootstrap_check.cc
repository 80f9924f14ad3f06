// Declaration of the check `bootstrap`.
#include <utility>

#include "agent/checks/bootstrap_watch.h"
#include "agent/checks/check.h"
#include "agent/checks/registry.h"
#include "agent/checks/system_target.h"

namespace faultline::checks {

const CheckKind& BootstrapCheckKind();

namespace {

CheckKind DeclareBootstrap() {
  CheckKind kind;
  kind.kind = "bootstrap";
  kind.help =
      "What became of this host's user data: cloud-init's own word for the stages of this boot, "
      "with "
      "the failed part and the last lines of its output. Told when cloud-init writes it.";
  kind.target_help = "cloud-init";
  kind.rights =
      "To read /run/cloud-init, which everybody may. The group adm to quote "
      "/var/log/cloud-init-output.log (secrets masked); without it the quote is missing.";
  kind.default_interval = Span::Seconds(60);
  kind.min_interval = Span::Seconds(1);
  kind.options = {{.name = "running_limit",
                   .type = OptionType::kDuration,
                   .default_value = "30m",
                   .help = "WARNING when it has been running for this long.",
                   .min = Span::Seconds(1).ns,
                   .max = Span::Seconds(86400).ns}};
  kind.reasons = {
      {"USER_DATA_FAILED", "CRITICAL: cloud-init ended, or goes on, with errors."},
      {"BOOTSTRAP_DEGRADED",
       "WARNING: it ended, with warnings (which cloud-init 23.4 and later tells)."},
      {"BOOTSTRAP_RUNNING",
       "WARNING: it has been running for `running_limit`; until then it is OK."},
      {"NO_CLOUD_INIT", "UNKNOWN: there is no cloud-init, or it is disabled: remove the check."},
      {"CLOUD_INIT_NOT_RUN", "UNKNOWN: cloud-init is there and has not run since the boot."},
      {"RIGHT_MISSING", "UNKNOWN: may not read its files."},
      {"CANNOT_READ", "UNKNOWN: its files are not in the form that is known, or do not answer."},
      {"WORKERS_BUSY", "UNKNOWN: the agent's workers are busy; the detail says with what."}};
  kind.gauges = {{"bootstrap_finished", "1 once cloud-init has ended, well or not."}};
  kind.validate = [](const config::CheckConfig& check) {
    return RequireTarget(check, "cloud-init");
  };
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    BootstrapOptions options;
    options.interval = IntervalOf(check, BootstrapCheckKind());
    options.running_limit = DurationOption(check, BootstrapCheckKind(), "running_limit");
    return std::make_unique<BootstrapWatch>(std::move(options), context);
  };
  return kind;
}

}  // namespace

const CheckKind& BootstrapCheckKind() {
  static const CheckKind kKind = DeclareBootstrap();
  return kKind;
}

}  // namespace faultline::checks
