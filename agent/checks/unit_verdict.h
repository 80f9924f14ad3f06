// What a unit's properties and jobs mean. Pure: no bus, no clock, no files.
//
// JobNew carries no type and the answer to the question for it races with the job itself, so a
// stop is proved in one of these ways (right 120 of 120 times, design "library facts"):
//   type stop                                            a stop
//   type restart                                         a restart
//   type start, the unit came down under the same id     a restart (systemd changes it in place)
//   JobRemoved, the unit inactive or failed              a stop
//   JobRemoved, the unit active after coming down        a restart
// Until one of them holds, the verdict waits.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/systemd_bus.h"
#include "common/clock.h"
#include "common/state.h"

namespace faultline::checks {

// What else is true at the moment of an event.
struct Surroundings {
  MonoTime now;
  host::HostStop host_stop = host::HostStop::kNo;
  std::function<bool()> dpkg_at_work;  // asked only when it matters; empty = no
};

struct Verdict {
  State state = State::kUnknown;
  std::string reason;
  std::string detail;                 // starts with the unit's configured name; no full stop
  std::vector<std::string> evidence;  // one fact each
  uint64_t since_usec = 0;            // CLOCK_REALTIME; 0 = now

  bool operator==(const Verdict&) const = default;
};

// The memory of one unit. Every event returns the verdict that holds now, or nothing while it
// waits for proof: then what was said last still stands.
class UnitVerdict {
 public:
  // `unit` as configured: texts use this name, also where it is an alias.
  explicit UnitVerdict(std::string unit);

  std::optional<Verdict> OnProperties(const host::UnitProperties& properties,
                                      const Surroundings& around);
  std::optional<Verdict> OnJob(uint32_t id, const std::string& type, const Surroundings& around);
  std::optional<Verdict> OnJobRemoved(uint32_t id, const std::string& result,
                                      const Surroundings& around);
  // Time alone has passed recheck_at().
  std::optional<Verdict> OnTime(const Surroundings& around);

  // When time alone may change the verdict: a crash loop calms down, an end without a job drags on.
  std::optional<MonoTime> recheck_at() const;

 private:
  enum class Cause { kNone, kStop, kHostStopping, kUpgrade, kRestart };
  struct Job {
    uint32_t id = 0;         // 0 = none
    std::string type;        // empty = not known (yet)
    bool was_up = false;     // the unit was up when the job came
    bool came_down = false;  // the unit left "active" under this job
  };

  void TakeJob(uint32_t id);
  void EndJob(bool failed, const Surroundings& around);
  void CountRestarts(uint32_t before, MonoTime now);
  void Learn(const Surroundings& around);
  void SetStopCause(const Surroundings& around);
  bool IsUp() const;
  bool EndedBadly() const;
  bool InCrashLoop() const;
  bool JobRestarts() const;
  bool StopIsProved() const;
  std::optional<MonoTime> ready_at() const;

  std::optional<Verdict> Decide(const Surroundings& around);
  std::optional<Verdict> Judge(const Surroundings& around);
  Verdict DecideUp(const Surroundings& around) const;
  std::optional<Verdict> DecideDeactivating(const Surroundings& around);
  Verdict DecideActivating();
  std::optional<Verdict> DecideInactive();
  std::optional<Verdict> DecideFailed();

  // The texts: unit_verdict_text.cc.
  Verdict Make(State state, const std::string& reason, const std::string& rest) const;
  Verdict Up() const;
  Verdict GoingDown() const;
  Verdict Down() const;
  Verdict Failed();
  Verdict CrashLoop() const;
  Verdict Restarting() const;
  Verdict RestartingByItself() const;
  Verdict Starting() const;
  Verdict ComingUp() const;
  Verdict Unloaded() const;
  std::vector<std::string> StopEvidence(const std::string& what) const;

  const std::string unit_;
  host::UnitProperties properties_;
  bool have_properties_ = false;
  bool seen_up_ = false;
  Job job_;
  host::HostStop host_stop_ = host::HostStop::kNo;  // with Cause::kHostStopping
  Cause cause_ = Cause::kNone;                      // why the unit is down or going down
  uint32_t cause_job_ = 0;
  std::optional<Verdict> failure_;        // holds until the unit is up again
  std::deque<MonoTime> restarts_;         // automatic ones of the last minute
  std::optional<MonoTime> ending_since_;  // deactivating without a job
  std::optional<MonoTime> coming_since_;  // said to be starting or restarting
};

// "exited with status 1", "was killed by SIGKILL", "was killed by the kernel for lack of memory".
std::string DescribeEnd(const host::UnitProperties& properties);

}  // namespace faultline::checks
