// The check `clock`: its declaration, and the probe, which is also told when the clock is set.
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "agent/checks/check.h"
#include "agent/checks/clock_judge.h"
#include "agent/checks/registry.h"
#include "agent/checks/stamp.h"
#include "agent/checks/system_target.h"
#include "agent/host/kernel_clock.h"

namespace faultline::checks {

const CheckKind& ClockCheckKind();

namespace {

// Reading two clocks one after the other is not exact, and a leap second is no event.
constexpr Span kSmallestStep = Span::Millis(100);
constexpr Span kStepsKept = Span::Seconds(3600);
constexpr size_t kMaxSteps = 8;

class ClockCheck : public Check {
 public:
  ClockCheck(const config::CheckConfig& check, const CheckContext& context)
      : context_(context),
        interval_(IntervalOf(check, ClockCheckKind())),
        wall_offset_(host::WallOffset()) {
    limits_.skew = DurationOption(check, ClockCheckKind(), "skew");
    limits_.max_error = DurationOption(check, ClockCheckKind(), "max_error");
    limits_.unsynchronised = DurationOption(check, ClockCheckKind(), "unsynchronised");
  }

  void Start() override {
    tick_ = context_.loop.Every(interval_, interval_, [this] { Look(); });
    // Without it the next look notices.
    auto watch = host::WatchClockSet(context_.loop, [this] { Look(); });
    if (watch.ok()) watch_ = *std::move(watch);
    Look();
  }

  void LookNow(std::function<void()> done) override {
    Look();
    done();
  }

 private:
  void Look() {
    NoticeStep();
    Observation seen;
    const absl::StatusOr<host::ClockFacts> facts = host::ReadKernelClock();
    if (facts.ok()) {
      const MonoTime now = context_.clock.Mono();
      if (facts->synchronised) {
        unsynchronised_.reset();
      } else if (!unsynchronised_.has_value()) {
        // One that was synchronised at the look before is not so since a moment ago.
        const Span already = was_synchronised_ ? Span{} : UnsynchronisedFor(*facts);
        unsynchronised_ = MonoTime{now.ns - already.ns};
        past_.unsynchronised_since = context_.clock.Now() - already;
      }
      was_synchronised_ = facts->synchronised;
      past_.unsynchronised_for.reset();
      if (unsynchronised_.has_value()) past_.unsynchronised_for = now - *unsynchronised_;
      seen = JudgeClock(*facts, limits_, past_, context_.clock.Now());
    } else {
      seen =
          CouldNotLook(absl::IsPermissionDenied(facts.status()) ? "RIGHT_MISSING" : "CANNOT_READ",
                       std::string(facts.status().message()));
    }
    Stamp(context_.clock, &seen);
    context_.sink.Report(std::move(seen));
  }

  void NoticeStep() {
    const Span now = host::WallOffset();
    const Span step{now.ns - wall_offset_.ns};
    wall_offset_ = now;
    const WallTime wall = context_.clock.Now();
    if (std::abs(step.ns) >= kSmallestStep.ns) {
      past_.steps.push_back({step, wall});
      steps_at_.push_back(context_.clock.Mono());
      ++past_.steps_in_all;
    }
    while (!past_.steps.empty() && (past_.steps.size() > kMaxSteps ||
                                    context_.clock.Mono() - steps_at_.front() > kStepsKept)) {
      past_.steps.erase(past_.steps.begin());
      steps_at_.erase(steps_at_.begin());
    }
  }

  const CheckContext context_;
  const Span interval_;
  ClockLimits limits_;
  Span wall_offset_;
  ClockPast past_;
  std::vector<MonoTime> steps_at_;  // of past_.steps: their wall times may be before a step back
  std::optional<MonoTime> unsynchronised_;
  bool was_synchronised_ = false;
  std::unique_ptr<host::LoopSource> tick_;
  std::unique_ptr<host::LoopSource> watch_;
};

CheckKind DeclareClock() {
  CheckKind kind;
  kind.kind = "clock";
  kind.help =
      "Whether a time service keeps this host's clock, how far off the kernel thinks it is, and "
      "when "
      "somebody sets it. The collector compares the hosts' clocks by itself.";
  kind.target_help = "system";
  kind.rights =
      "None; but ProtectClock=yes or a SystemCallFilter= without @clock in the agent's unit forbid "
      "the look: UNKNOWN, RIGHT_MISSING.";
  kind.default_interval = Span::Seconds(30);
  kind.min_interval = Span::Seconds(1);
  kind.options = {
      {.name = "skew",
       .type = OptionType::kDuration,
       .default_value = "500ms",
       .help = "WARNING when the kernel is correcting an offset of this or more.",
       .min = Span::Millis(1).ns,
       .max = Span::Seconds(3600).ns},
      {.name = "max_error",
       .type = OptionType::kDuration,
       .default_value = "4s",
       .help = "WARNING when the clock may be off by this or more; without answers of a time "
               "service the bound grows by 1.8 s an hour.",
       .min = Span::Millis(10).ns,
       .max = Span::Seconds(16).ns},
      {.name = "unsynchronised",
       .type = OptionType::kDuration,
       .default_value = "15m",
       .help =
           "WARNING when no time service has kept the clock for this long, counted from the boot "
           "on; an agent that is started anew counts on.",
       .min = Span::Millis(100).ns,
       .max = Span::Seconds(30 * 86400).ns}};
  kind.reasons = {
      {"CLOCK_SKEW", "WARNING: the clock is off, or may be, by more than a limit."},
      {"CLOCK_UNSYNCHRONISED", "WARNING: no time service has kept it for `unsynchronised`."},
      {"RIGHT_MISSING", "UNKNOWN: the sandbox forbids adjtimex."},
      {"CANNOT_READ", "UNKNOWN: adjtimex fails."}};
  kind.gauges = {
      {"clock_synchronised", "1 while a time service keeps the clock."},
      {"clock_offset_seconds", "How far the clock is off, as the kernel still corrects it."},
      {"clock_max_error_seconds", "How far the clock may be off at most, as the kernel reckons."},
      {"clock_steps_total", "How often the clock was set since the agent started."}};
  kind.validate = [](const config::CheckConfig& check) { return RequireTarget(check, "system"); };
  kind.make = [](const config::CheckConfig& check,
                 const CheckContext& context) -> std::unique_ptr<Check> {
    return std::make_unique<ClockCheck>(check, context);
  };
  return kind;
}

}  // namespace

const CheckKind& ClockCheckKind() {
  static const CheckKind kKind = DeclareClock();
  return kKind;
}

}  // namespace faultline::checks
