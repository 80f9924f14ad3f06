// Declaration of the check `memory`.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/memory_watch.h"
#include "agent/checks/registry.h"
#include "agent/checks/system_target.h"

namespace faultline::checks {

const CheckKind& MemoryCheckKind();

namespace {

absl::Status ValidateMemory(const config::CheckConfig& check) {
  if (absl::Status target = RequireTarget(check, "system"); !target.ok()) return target;
  if (IntegerOption(check, MemoryCheckKind(), "critical") >
      IntegerOption(check, MemoryCheckKind(), "warn")) {
    return absl::InvalidArgumentError(
        "critical: is above warn; both are what is left, so write a lower percentage");
  }
  return absl::OkStatus();
}

CheckKind DeclareMemory() {
  CheckKind kind;
  kind.kind = "memory";
  kind.help =
      "Memory that is left, tasks that wait for it, and processes that the kernel killed for lack "
      "of it. The kernel tells of pressure at once where it may (PSI).";
  kind.target_help = "system";
  kind.rights =
      "None for the numbers. The group systemd-journal to name who was killed; before Linux 6.4 "
      "CAP_SYS_RESOURCE to be told of pressure at once instead of at the interval.";
  kind.default_interval = Span::Seconds(10);
  kind.min_interval = Span::Seconds(1);
  kind.options = {
      {.name = "warn",
       .type = OptionType::kInteger,
       .default_value = "10",
       .help = "WARNING when less than this percentage of memory is available.",
       .min = 1,
       .max = 99},
      {.name = "critical",
       .type = OptionType::kInteger,
       .default_value = "3",
       .help = "CRITICAL when less than this percentage of memory is available.",
       .min = 1,
       .max = 99},
      {.name = "pressure",
       .type = OptionType::kInteger,
       .default_value = "25",
       .help = "WARNING when tasks waited for memory for this percentage of the last 10 s.",
       .min = 1,
       .max = 100},
      {.name = "oom_quiet",
       .type = OptionType::kDuration,
       .default_value = "10m",
       .help = "How long a killed process keeps the check at WARNING.",
       .min = Span::Seconds(10).ns,
       .max = Span::Seconds(7 * 86400).ns}};
  kind.reasons = {
      {"MEMORY_PRESSURE",
       "WARNING or CRITICAL: little memory is available; WARNING: tasks wait for memory."},
      {"OOM_KILL", "WARNING: the kernel killed a process for lack of memory, within `oom_quiet`."},
      {"CANNOT_READ", "UNKNOWN: /proc/meminfo cannot be read."}};
  kind.gauges = {{"memory_total_bytes", "Memory of the host."},
                 {"memory_available_bytes", "What can be used without swapping (MemAvailable)."},
                 {"memory_swap_total_bytes", "Swap space."},
                 {"memory_swap_free_bytes", "Swap space that is free."},
                 {"memory_oom_kills_total", "Processes killed for lack of memory since the boot."},
                 {"memory_pressure_ratio",
                  "Part of the last 10 s in which a task waited for memory, 0 to 1."}};
  kind.validate = &ValidateMemory;
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    const CheckKind& declared = MemoryCheckKind();
    MemoryOptions options;
    options.limits.warn_percent = IntegerOption(check, declared, "warn");
    options.limits.critical_percent = IntegerOption(check, declared, "critical");
    options.limits.pressure_percent = IntegerOption(check, declared, "pressure");
    options.limits.oom_quiet = DurationOption(check, declared, "oom_quiet");
    options.interval = IntervalOf(check, declared);
    options.check_id = check.id.ToString();
    return std::make_unique<MemoryWatch>(std::move(options), context);
  };
  return kind;
}

}  // namespace

const CheckKind& MemoryCheckKind() {
  static const CheckKind kKind = DeclareMemory();
  return kKind;
}

}  // namespace faultline::checks
