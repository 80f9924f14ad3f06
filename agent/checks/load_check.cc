// The check `load`: its declaration, and the probe of /proc. What it means is in load_judge.h.
#include <memory>
#include <string>
#include <utility>

#include "agent/checks/check.h"
#include "agent/checks/load_judge.h"
#include "agent/checks/registry.h"
#include "agent/checks/stamp.h"
#include "agent/checks/system_target.h"
#include "agent/host/small_file.h"

namespace faultline::checks {

const CheckKind& LoadCheckKind();

namespace {

// The line of interrupts may be long; the CPUs stand before it.
constexpr size_t kMaxStat = 64 * 1024;

class LoadCheck : public Check {
 public:
  LoadCheck(const config::CheckConfig& check, const CheckContext& context)
      : context_(context), interval_(IntervalOf(check, LoadCheckKind())) {
    limits_.load_percent = IntegerOption(check, LoadCheckKind(), "load");
    limits_.cpu_percent = IntegerOption(check, LoadCheckKind(), "cpu_pressure");
    limits_.io_percent = IntegerOption(check, LoadCheckKind(), "io_pressure");
  }

  void Start() override {
    tick_ = context_.loop.Every(interval_, interval_, [this] { Look(); });
    Look();
  }

  void LookNow(std::function<void()> done) override {
    Look();
    done();
  }

 private:
  void Look() {
    LoadFacts facts;
    facts.load = host::ParseLoadavg(host::SmallFileOrEmpty("/proc/loadavg"));
    facts.now = host::ParseStat(host::SmallFileOrEmpty("/proc/stat"));
    facts.before = before_;
    facts.cpu = host::ParsePressure(host::SmallFileOrEmpty("/proc/pressure/cpu"));
    facts.io = host::ParsePressure(host::SmallFileOrEmpty("/proc/pressure/io"));
    before_ = facts.now;
    Observation seen = JudgeLoad(facts, limits_, past_reason_);
    past_reason_ = seen.reason;
    Stamp(context_.clock, &seen);
    context_.sink.Report(std::move(seen));
  }

  const CheckContext context_;
  const Span interval_;
  LoadLimits limits_;
  std::optional<host::CpuTimes> before_;
  std::string past_reason_;
  std::unique_ptr<host::LoopSource> tick_;
};

CheckKind DeclareLoad() {
  CheckKind kind;
  kind.kind = "load";
  kind.help =
      "How busy the host is: load averages, time that tasks wait for CPUs and storage (PSI), and "
      "time that the hypervisor takes. A reason why something is slow, never an outage by itself.";
  kind.target_help = "system";
  kind.rights = "None. A kernel without PSI (psi=0) shows the load only.";
  kind.default_interval = Span::Seconds(10);
  kind.min_interval = Span::Seconds(1);
  kind.options = {
      {.name = "load",
       .type = OptionType::kInteger,
       .default_value = "400",
       .help = "WARNING when the load of 5 minutes for each CPU, in percent, reaches this.",
       .min = 1,
       .max = 100'000},
      {.name = "cpu_pressure",
       .type = OptionType::kInteger,
       .default_value = "80",
       .help = "WARNING when tasks waited for a CPU for this percentage of the last 60 s.",
       .min = 1,
       .max = 100},
      {.name = "io_pressure",
       .type = OptionType::kInteger,
       .default_value = "60",
       .help = "WARNING when tasks waited for storage for this percentage of the last 60 s.",
       .min = 1,
       .max = 100}};
  kind.reasons = {{"LOAD_HIGH", "WARNING: the load of 5 minutes reaches `load`."},
                  {"CPU_PRESSURE", "WARNING: tasks wait for a CPU."},
                  {"IO_PRESSURE", "WARNING: tasks wait for storage."},
                  {"CANNOT_READ", "UNKNOWN: /proc/loadavg cannot be read."}};
  kind.gauges = {
      {"load1", "Load average of 1 minute."},
      {"load5", "Load average of 5 minutes."},
      {"load15", "Load average of 15 minutes."},
      {"cpus", "CPUs that are online."},
      {"cpu_pressure_ratio", "Part of the last 60 s in which a task waited for a CPU."},
      {"io_pressure_ratio", "Part of the last 60 s in which a task waited for storage."},
      {"cpu_steal_ratio", "Part of the CPU time since the look before that the hypervisor took."}};
  kind.validate = [](const config::CheckConfig& check) { return RequireTarget(check, "system"); };
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    return std::make_unique<LoadCheck>(check, context);
  };
  return kind;
}

}  // namespace

const CheckKind& LoadCheckKind() {
  static const CheckKind kKind = DeclareLoad();
  return kKind;
}

}  // namespace faultline::checks
