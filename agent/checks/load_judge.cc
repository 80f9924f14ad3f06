#include "agent/checks/load_judge.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

constexpr double kHeld = 0.9;
// Less than this is the everyday of shared hosts.
constexpr double kNotedSteal = 0.10;

// Part of all CPUs' time since the look before that the hypervisor gave to others.
std::optional<double> StealRatio(const LoadFacts& facts) {
  if (!facts.now.has_value() || !facts.before.has_value()) return std::nullopt;
  if (facts.now->total <= facts.before->total || facts.now->steal < facts.before->steal) {
    return std::nullopt;
  }
  const auto total = static_cast<double>(facts.now->total - facts.before->total);
  return static_cast<double>(facts.now->steal - facts.before->steal) / total;
}

class LoadJudge {
 public:
  LoadJudge(const LoadFacts& facts, const LoadLimits& limits, const std::string& past_reason)
      : facts_(facts), limits_(limits), past_reason_(past_reason) {}

  Observation Say() {
    const int cpus = facts_.now.has_value() && facts_.now->cpus > 0 ? facts_.now->cpus : 1;
    const host::LoadAverages& load = *facts_.load;
    out_.state = State::kOk;
    out_.detail = absl::StrFormat("load %.2f, %.2f, %.2f on %d %s", load.one, load.five,
                                  load.fifteen, cpus, cpus == 1 ? "CPU" : "CPUs");
    const std::optional<double> steal = StealRatio(facts_);
    // The most telling first: who waits, then how many run.
    if (facts_.io && Over("IO_PRESSURE", facts_.io->some60, limits_.io_percent)) {
      Warn("IO_PRESSURE", Waits("storage", *facts_.io), "; look at iostat -x and iotop");
    }
    if (facts_.cpu && Over("CPU_PRESSURE", facts_.cpu->some60, limits_.cpu_percent)) {
      Warn("CPU_PRESSURE", Waits("a CPU", *facts_.cpu), "; look at top");
    }
    if (Over("LOAD_HIGH", 100 * load.five / cpus, limits_.load_percent)) {
      Warn("LOAD_HIGH",
           absl::StrFormat("the load of 5 minutes is %.1f for each CPU", load.five / cpus),
           "; look at top and at tasks in state D");
    }
    if (steal.value_or(0) >= kNotedSteal) {
      const std::string words = absl::StrFormat(
          "the hypervisor took %.0f %% of the CPU time (steal): a busy neighbour, or spent CPU "
          "credits",
          100 * *steal);
      absl::StrAppend(&out_.detail, "; ", words);
      out_.evidence.push_back({.text = words});
    }
    AddGauges(cpus, steal);
    return std::move(out_);
  }

 private:
  bool Over(const std::string& reason, double value, int64_t limit) const {
    const auto bound = static_cast<double>(limit);
    return value >= (past_reason_ == reason ? kHeld * bound : bound);
  }
  static std::string Waits(const std::string& what, const host::Pressure& pressure) {
    return absl::StrFormat("tasks waited for %s %.0f %% of the last 60 s", what, pressure.some60);
  }
  void Warn(const std::string& reason, const std::string& words, const std::string& next) {
    out_.evidence.push_back({.text = words});
    if (!out_.reason.empty()) return;
    out_.state = State::kWarning;
    out_.reason = reason;
    out_.detail = absl::StrCat(words, " (", out_.detail, ")", next);
  }
  void AddGauges(int cpus, const std::optional<double>& steal) {
    out_.gauges = {{"load1", facts_.load->one},
                   {"load5", facts_.load->five},
                   {"load15", facts_.load->fifteen},
                   {"cpus", static_cast<double>(cpus)}};
    if (facts_.cpu) out_.gauges.push_back({"cpu_pressure_ratio", facts_.cpu->some60 / 100});
    if (facts_.io) out_.gauges.push_back({"io_pressure_ratio", facts_.io->some60 / 100});
    if (steal) out_.gauges.push_back({"cpu_steal_ratio", *steal});
  }

  const LoadFacts& facts_;
  const LoadLimits& limits_;
  const std::string& past_reason_;
  Observation out_;
};

}  // namespace

Observation JudgeLoad(const LoadFacts& facts, const LoadLimits& limits,
                      const std::string& past_reason) {
  if (!facts.load.has_value()) {
    return CouldNotLook("CANNOT_READ", "/proc/loadavg cannot be read; is /proc there?");
  }
  return LoadJudge(facts, limits, past_reason).Say();
}

}  // namespace faultline::checks
