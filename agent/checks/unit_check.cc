// unit: the state of a systemd unit, told by systemd. What events mean: unit_verdict.h.
#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/registry.h"
#include "agent/checks/stop_witness.h"
#include "agent/checks/unit_cause.h"
#include "agent/checks/unit_verdict.h"
#include "agent/host/systemd_bus.h"
#include "common/unit_name.h"

namespace faultline::checks {
namespace {

// The bus may come back at once (a restart of dbus): only then is it worth a transition.
constexpr Span kBusPatience = Span::Seconds(2);

uint64_t BoottimeNs() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

class UnitCheck : public Check, private host::UnitListener {
 public:
  UnitCheck(const config::CheckConfig& config, const CheckContext& context)
      : context_(context),
        unit_(config.id.target),
        verdict_(config.id.target),
        witness_(context.loop, context.workers, context.clock, context.journal,
                 [this] { OnWitness(); }),
        cause_(config.id.target, context.loop, context.workers, context.journal,
               [this] { OnCause(); }) {}

  void Start() override { watch_ = context_.systemd.Watch(unit_, *this); }

  void LookNow(std::function<void()> done) override {
    ++looks_;
    watch_->Refresh([this, done = std::move(done)] {
      --looks_;
      // While the proof of a stop is still out, what was said last stands.
      if (last_) Send(*last_);
      done();
    });
  }

 private:
  void OnProperties(const host::UnitProperties& properties) override {
    unavailable_.reset();
    if (!properties.id.empty() && properties.id != resolved_) {
      resolved_ = properties.id;
      context_.sink.ResolvedUnit(resolved_);
    }
    names_ = properties.names;
    restarts_ = properties.restarts;
    witness_.Look(properties.job_id);
    Take(verdict_.OnProperties(properties, Around()));
    if (last_ && IsFailure(*last_)) {
      cause_.OnFailure(properties, AllNames(), context_.clock.Mono());
    }
  }

  void OnJob(uint32_t id, const std::string& type) override {
    // Before the proof of a stop is there: so the witness is often in time for its first word.
    witness_.Look(id);
    Take(verdict_.OnJob(id, type, Around()));
  }

  void OnJobRemoved(uint32_t id, const std::string& result) override {
    Take(verdict_.OnJobRemoved(id, result, Around()));
  }

  void OnUnavailable(const absl::Status& why) override {
    Verdict verdict;
    verdict.state = State::kUnknown;
    verdict.reason = "SYSTEMD_UNAVAILABLE";
    verdict.detail = absl::StrCat(unit_, " cannot be looked at: ", std::string(why.message()));
    const bool said_more = last_ && last_->reason != verdict.reason;
    if (!said_more || looks_ > 0) return Take(verdict);
    if (unavailable_ == nullptr) {
      unavailable_ = context_.loop.After(kBusPatience, [this, verdict] { Take(verdict); });
    }
  }

  Surroundings Around() const {
    return {.now = context_.clock.Mono(),
            .host_stop = context_.systemd.host_stop(),
            .dpkg_at_work = context_.dpkg_at_work};
  }

  void Take(const std::optional<Verdict>& verdict) {
    recheck_.reset();
    if (const std::optional<MonoTime> at = verdict_.recheck_at()) {
      const Span wait = *at - context_.clock.Mono();
      recheck_ = context_.loop.After(std::max(wait, Span::Millis(1)),
                                     [this] { Take(verdict_.OnTime(Around())); });
    }
    // systemd repeats itself 15 to 25 times a restart.
    if (!verdict || (last_ && *verdict == *last_)) return;
    last_ = verdict;
    if (verdict->state == State::kOk) {
      witness_.Forget();
      cause_.Forget();
    }
    Send(*verdict);
  }

  // Equal in state and reason: no transition of its own, so no second message. It goes with the
  // next one (UNIT_INACTIVE follows within milliseconds), into every look and every snapshot.
  void OnWitness() {
    if (last_ && Witness(*last_)) Send(*last_);
  }

  void OnCause() {
    if (last_ && IsFailure(*last_)) Send(*last_);
  }

  static bool IsFailure(const Verdict& verdict) {
    return verdict.reason == "UNIT_FAILED" || verdict.reason == "UNIT_CRASH_LOOP";
  }

  std::vector<std::string> AllNames() const {
    std::vector<std::string> names = names_;
    for (const std::string& name : {unit_, resolved_}) {
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
    return names;
  }

  std::optional<Fact> Witness(const Verdict& verdict) const {
    if (verdict.state == State::kOk) return std::nullopt;
    return witness_.Evidence(verdict.reason, AllNames());
  }

  void Send(const Verdict& verdict) {
    Observation observation;
    observation.state = verdict.state;
    observation.reason = verdict.reason;
    observation.detail = verdict.detail;
    for (const std::string& text : verdict.evidence) observation.evidence.push_back({.text = text});
    if (auto witness = Witness(verdict)) observation.evidence.push_back(*std::move(witness));
    if (IsFailure(verdict) && cause_.fact()) observation.evidence.push_back(*cause_.fact());
    observation.gauges = {{"unit_restarts_total", static_cast<double>(restarts_)}};
    observation.since.ns = static_cast<int64_t>(verdict.since_usec) * 1000;
    observation.observed = context_.clock.Now();
    observation.boottime_ns = BoottimeNs();
    context_.sink.Report(std::move(observation));
  }

  const CheckContext context_;
  const std::string unit_;
  UnitVerdict verdict_;
  std::optional<Verdict> last_;
  StopWitness witness_;
  UnitCause cause_;
  std::string resolved_;
  std::vector<std::string> names_;  // the unit's, with its aliases
  uint32_t restarts_ = 0;
  int looks_ = 0;
  std::unique_ptr<host::LoopSource> recheck_;
  std::unique_ptr<host::LoopSource> unavailable_;
  std::unique_ptr<host::UnitWatch> watch_;  // last: it calls into the rest
};

absl::Status ValidateUnitTarget(const config::CheckConfig& check) {
  const std::string& target = check.id.target;
  const size_t dot = target.rfind('.');
  const std::string suffix = dot == std::string::npos ? "" : target.substr(dot + 1);
  const bool known = suffix == "service" || suffix == "socket" || suffix == "mount" ||
                     suffix == "target" || suffix == "timer" || suffix == "path";
  if (IsUnitName(target) && known) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "target: \"", target,
      "\" is not the name of a systemd unit; write it with its suffix, like mysql.service"));
}

}  // namespace

const CheckKind& UnitCheckKind() {
  static const CheckKind* const kKind = new CheckKind{
      .kind = "unit",
      .help =
          "The state of a systemd unit. systemd tells of every change; a stop is proved by "
          "its job, so that a stop, a crash, a restart, a package upgrade and a shutdown of "
          "the host are told apart.",
      .target_help = "A unit's name with its suffix, like mysql.service; an alias is resolved.",
      .rights =
          "None. Where systemd or its bus is missing, the check is UNKNOWN and says so. With the "
          "group systemd-journal it also says whose sudo command stopped the unit, and quotes the "
          "first error line of a run that failed.",
      .options = {},
      .reasons = {{"UNIT_STOPPING", "CRITICAL: a stop is proved and under way."},
                  {"UNIT_INACTIVE", "CRITICAL: the unit is down without a failure."},
                  {"UNIT_FAILED",
                   "CRITICAL: it ended with an exit status or by a signal, until it is up "
                   "again."},
                  {"UNIT_OOM_KILLED", "CRITICAL: the kernel killed it for lack of memory."},
                  {"UNIT_CRASH_LOOP",
                   "CRITICAL: three automatic restarts within a minute, or systemd's "
                   "start limit."},
                  {"UNIT_RESTARTING", "WARNING: a restart is under way."},
                  {"UNIT_STARTING",
                   "WARNING: it is starting. A service that does not tell systemd when it is ready "
                   "(Type=simple, exec, idle) and comes up within two minutes of the host's boot "
                   "counts as starting for 15 s."},
                  {"UNIT_NOT_FOUND", "UNKNOWN: there is no such unit on this host."},
                  {"UNIT_MASKED", "UNKNOWN: the unit is masked."},
                  {"HOST_STOPPING",
                   "WARNING: it is stopped because the host reboots, powers off or shuts down."},
                  {"PACKAGE_UPGRADE", "WARNING: it was stopped while dpkg's lock was held."},
                  {"SYSTEMD_UNAVAILABLE", "UNKNOWN: systemd cannot be asked."},
                  {"UNIT_STATE_UNKNOWN",
                   "UNKNOWN: systemd reports a state that the agent does not "
                   "know."}},
      .gauges = {{"unit_restarts_total",
                  "Automatic restarts since the unit was last started by "
                  "hand, as systemd counts them."}},
      .validate = ValidateUnitTarget,
      .make =
          [](const config::CheckConfig& config, const CheckContext& context) {
            return std::unique_ptr<Check>(std::make_unique<UnitCheck>(config, context));
          },
  };
  return *kKind;
}

}  // namespace faultline::checks
