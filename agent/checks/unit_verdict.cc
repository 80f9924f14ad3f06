#include "agent/checks/unit_verdict.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::checks {
namespace {

constexpr size_t kCrashLoopRestarts = 3;
constexpr Span kCrashLoopWindow = Span::Seconds(60);
// A main process that ended well takes its unit down within milliseconds; then the outcome tells
// whether systemd restarts it. Only an end that drags on is an outage by itself.
constexpr Span kEndPatience = Span::Seconds(1);

// A service that systemd calls active the moment it was executed may need a while until it serves.
// After a boot nobody has seen it well before: what does not answer yet is no outage.
constexpr Span kBoot = Span::Seconds(120);
constexpr Span kGetsReady = Span::Seconds(15);
// Also where it waited long to be started: less than the collector's grace for a start, 30 s.
constexpr Span kComesUp = Span::Seconds(25);

bool IsStop(const std::string& type) { return type == "stop"; }
bool IsRestart(const std::string& type) { return type == "restart" || type == "try-restart"; }
bool IsStart(const std::string& type) { return type == "start"; }

}  // namespace

UnitVerdict::UnitVerdict(std::string unit) : unit_(std::move(unit)) {}

std::optional<Verdict> UnitVerdict::OnProperties(const host::UnitProperties& properties,
                                                 const Surroundings& around) {
  const uint32_t restarts_before = have_properties_ ? properties_.restarts : properties.restarts;
  // Before the new state is taken: a job that comes with it found the unit in the old one.
  if (properties.job_id != 0) TakeJob(properties.job_id);
  properties_ = properties;
  have_properties_ = true;
  CountRestarts(restarts_before, around.now);
  if (job_.was_up && !IsUp()) job_.came_down = true;
  if (job_.id != 0 && properties_.active_state == "deactivating") job_.came_down = true;
  Learn(around);
  if (properties_.job_id == 0 && job_.id != 0) EndJob(/*failed=*/false, around);
  return Decide(around);
}

std::optional<Verdict> UnitVerdict::OnJob(uint32_t id, const std::string& type,
                                          const Surroundings& around) {
  TakeJob(id);
  if (!type.empty()) job_.type = type;
  Learn(around);
  return Decide(around);
}

std::optional<Verdict> UnitVerdict::OnJobRemoved(uint32_t id, const std::string& result,
                                                 const Surroundings& around) {
  const bool failed = result == "failed" || result == "timeout" || result == "dependency";
  if (job_.id == id) {
    properties_.job_id = 0;
    EndJob(failed, around);
  } else if (failed && job_.id == 0 && cause_job_ == id && EndedBadly()) {
    cause_ = Cause::kNone;  // taken for a stop, but no stop job ends so
  }
  return Decide(around);
}

std::optional<Verdict> UnitVerdict::OnTime(const Surroundings& around) {
  CountRestarts(properties_.restarts, around.now);
  return Decide(around);
}

std::optional<MonoTime> UnitVerdict::recheck_at() const {
  std::optional<MonoTime> at;
  if (InCrashLoop()) at = restarts_[restarts_.size() - kCrashLoopRestarts] + kCrashLoopWindow;
  if (ending_since_) {
    const MonoTime patience_ends = *ending_since_ + kEndPatience;
    at = at ? std::min(*at, patience_ends) : patience_ends;
  }
  if (have_properties_ && IsUp() && coming_since_) {
    if (const std::optional<MonoTime> ready = ready_at()) at = at ? std::min(*at, *ready) : *ready;
  }
  return at;
}

// When a service that came up with its host counts as up, where systemd cannot tell.
std::optional<MonoTime> UnitVerdict::ready_at() const {
  const std::string& type = properties_.service_type;
  const bool tells = type != "simple" && type != "exec" && type != "idle";
  const MonoTime up{static_cast<int64_t>(properties_.active_enter_monotonic_usec) * 1000};
  if (tells || up.ns == 0 || up >= MonoTime{} + kBoot) return std::nullopt;
  const MonoTime ready = up + kGetsReady;
  return coming_since_ ? std::min(ready, *coming_since_ + kComesUp) : ready;
}

void UnitVerdict::TakeJob(uint32_t id) {
  if (job_.id == id) return;
  job_ = Job{.id = id, .was_up = have_properties_ && IsUp()};
  job_.came_down = have_properties_ && properties_.active_state == "deactivating";
}

void UnitVerdict::EndJob(bool failed, const Surroundings& around) {
  const Job ended = std::exchange(job_, Job());
  if (IsUp()) {
    cause_ = Cause::kNone;
    return;
  }
  if (failed && !IsStop(ended.type)) {
    cause_ = Cause::kNone;
    return;
  }
  // Gone before its type was known, and the unit that was up rests: a stop.
  const bool rests = properties_.active_state == "inactive" || properties_.active_state == "failed";
  if (ended.type.empty() && rests && ended.came_down && cause_job_ != ended.id) {
    cause_job_ = ended.id;
    SetStopCause(around);
  }
}

void UnitVerdict::CountRestarts(uint32_t before, MonoTime now) {
  // A start by hand sets systemd's count back to 0. However far it went while nobody listened, it
  // is one event now.
  if (properties_.restarts > before) restarts_.push_back(now);
  while (!restarts_.empty() &&
         (restarts_.front() + kCrashLoopWindow <= now || restarts_.size() > 100)) {
    restarts_.pop_front();
  }
}

void UnitVerdict::SetStopCause(const Surroundings& around) {
  if (around.host_stop != host::HostStop::kNo) {
    cause_ = Cause::kHostStopping;
    host_stop_ = around.host_stop;
  } else {
    cause_ = around.dpkg_at_work && around.dpkg_at_work() ? Cause::kUpgrade : Cause::kStop;
  }
}

// Takes from the state and the job why the unit goes down, as soon as that is proved.
void UnitVerdict::Learn(const Surroundings& around) {
  const std::string& state = properties_.active_state;
  if (have_properties_ && IsUp()) {
    seen_up_ = true;
    failure_.reset();
    if (!IsStop(job_.type)) cause_ = Cause::kNone;
  }
  if (state == "activating") cause_ = Cause::kNone;
  if (state != "deactivating" || job_.id != 0) ending_since_.reset();
  if (state == "deactivating" && job_.id == 0 && !ending_since_) ending_since_ = around.now;
  if (job_.id == 0) return;
  if (IsStop(job_.type)) {
    const bool known = cause_job_ == job_.id && cause_ != Cause::kNone;
    cause_job_ = job_.id;
    if (!known || around.host_stop != host::HostStop::kNo) SetStopCause(around);
  } else if (JobRestarts()) {
    cause_ = Cause::kRestart;
    cause_job_ = job_.id;
  } else if (IsStart(job_.type)) {
    cause_ = Cause::kNone;
  }
}

bool UnitVerdict::IsUp() const {
  const std::string& state = properties_.active_state;
  return state == "active" || state == "reloading" || state == "refreshing" ||
         state == "maintenance";
}

bool UnitVerdict::EndedBadly() const {
  return !properties_.result.empty() && properties_.result != "success";
}

bool UnitVerdict::InCrashLoop() const { return restarts_.size() >= kCrashLoopRestarts; }

// The queued job brings the unit down and up again, as far as that is proved.
bool UnitVerdict::JobRestarts() const {
  if (job_.id == 0) return false;
  if (IsRestart(job_.type)) return true;
  const bool coming_up = properties_.active_state == "activating";
  return job_.came_down && (IsStart(job_.type) || (job_.type.empty() && coming_up));
}

bool UnitVerdict::StopIsProved() const {
  return cause_ == Cause::kStop || cause_ == Cause::kUpgrade || cause_ == Cause::kHostStopping;
}

std::optional<Verdict> UnitVerdict::Decide(const Surroundings& around) {
  std::optional<Verdict> verdict = Judge(around);
  if (!verdict) return verdict;
  const bool coming = verdict->reason == "UNIT_STARTING" || verdict->reason == "UNIT_RESTARTING";
  if (!coming) {
    coming_since_.reset();
  } else if (!coming_since_) {
    coming_since_ = around.now;
  }
  return verdict;
}

std::optional<Verdict> UnitVerdict::Judge(const Surroundings& around) {
  if (!have_properties_) return std::nullopt;
  const std::string& state = properties_.active_state;
  if (IsUp()) return DecideUp(around);
  if (around.host_stop != host::HostStop::kNo && job_.id == 0) SetStopCause(around);
  if (state == "deactivating") return DecideDeactivating(around);
  if (state == "activating") return DecideActivating();
  // What was seen running is down, whatever became of its unit file meanwhile.
  if (properties_.load_state != "loaded" && !seen_up_) return Unloaded();
  if (state == "failed") return DecideFailed();
  if (state == "inactive") return DecideInactive();
  return Make(State::kUnknown, "UNIT_STATE_UNKNOWN",
              absl::StrCat("is in a state that this agent does not know: ", state));
}

Verdict UnitVerdict::DecideUp(const Surroundings& around) const {
  if (IsStop(job_.type)) return GoingDown();
  if (IsRestart(job_.type) && !job_.came_down) return Restarting();
  if (InCrashLoop()) return CrashLoop();
  if (const std::optional<MonoTime> ready = ready_at(); ready && around.now < *ready) {
    return ComingUp();
  }
  return Up();
}

std::optional<Verdict> UnitVerdict::DecideDeactivating(const Surroundings& around) {
  if (StopIsProved()) return GoingDown();
  if (JobRestarts()) return failure_ ? *failure_ : Restarting();
  if (job_.id != 0) return std::nullopt;
  if (EndedBadly()) return Failed();
  if (!ending_since_ || around.now - *ending_since_ < kEndPatience) return std::nullopt;
  return GoingDown();
}

Verdict UnitVerdict::DecideActivating() {
  if (properties_.sub_state.rfind("auto-restart", 0) == 0) {
    if (EndedBadly()) return Failed();
    return InCrashLoop() ? CrashLoop() : RestartingByItself();
  }
  if (failure_) return *failure_;
  if (InCrashLoop()) return CrashLoop();
  return JobRestarts() ? Restarting() : Starting();
}

std::optional<Verdict> UnitVerdict::DecideInactive() {
  if (job_.id == 0 || IsStop(job_.type)) return Down();
  if (failure_) return failure_;
  if (JobRestarts()) return Restarting();
  if (job_.type.empty()) return std::nullopt;
  return IsStart(job_.type) ? Starting() : Down();
}

std::optional<Verdict> UnitVerdict::DecideFailed() {
  if (job_.id == 0) return StopIsProved() ? Down() : Failed();
  if (failure_) return failure_;
  if (IsStop(job_.type)) return Down();
  // Many programs end with a status of their own on SIGTERM: failed for a moment within a restart.
  if (JobRestarts()) return Restarting();
  if (job_.type.empty() && job_.came_down) return std::nullopt;
  return Failed();
}

}  // namespace faultline::checks
