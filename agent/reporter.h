// Between the checks and the spool: finds the transitions, remembers what each check says, answers
// "look now".
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/config/config.h"
#include "agent/host/loop.h"
#include "agent/link/join_state.h"
#include "agent/link/link.h"
#include "agent/spool/spool.h"
#include "common/mutex.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::agent {

// Makes and owns the checks of one configuration. Lives on the loop's thread; TakeSnapshot,
// OnLookNow and OnProbeHost alone are called by the link's.
class Reporter : public link::LinkSource {
 public:
  struct Parts {
    host::Loop& loop;
    host::WorkerPool& workers;
    host::SystemdBus& systemd;
    const Clock& clock;
    spool::Spool& spool;
    std::string state_dir;
    std::string boot_id;
    // Called on the loop's thread after every transition and when the link comes or goes.
    std::function<void()> on_change;
    // Whether the collector takes this host's certificate, on the link's thread.
    std::function<void()> on_welcomed;
    std::function<void()> on_refused;
    // The collector asks whether another host answers, on the loop's thread. Null: not answered.
    std::function<void(const faultline::v1::ProbeHost&)> on_probe_host;
  };

  // `checks` must have passed ValidateChecks. `absent`: what the host's roles bring and it does not
  // watch, for the collector. `parts` outlive the reporter.
  Reporter(const Parts& parts, const std::vector<config::CheckConfig>& checks,
           const std::vector<config::AbsentCheck>& absent = {});
  ~Reporter() override;

  // Starts all checks. `link` may be null (no collector); it must outlive the checks, so call
  // StopChecks before the link goes.
  void Start(link::Link* link);
  void StopChecks();

  struct Reloaded {
    size_t kept = 0;
    size_t changed = 0;
    size_t added = 0;
    size_t removed = 0;
  };
  // From now on `checks` and `absent`. `checks` must have passed ValidateChecks. Checks that are
  // the same keep running, with their numbers and all that they know. Changed ones are made anew
  // under the same number and what they said last stands until they have looked; where the subject
  // changed, the old one is withdrawn and a new one declared, since what was said belonged to
  // another subject. Call it between Start and StopChecks.
  Reloaded Reload(const std::vector<config::CheckConfig>& checks,
                  const std::vector<config::AbsentCheck>& absent = {});

  struct Summary {
    std::map<State, size_t> counts;  // kUnspecified: has not reported yet
    std::string worst;               // a check that is CRITICAL, or else WARNING, with its reason
    bool connected = false;
    std::string join_trouble;  // a reason of link::JoinState, or empty
  };
  Summary Summarize();

  // Whether a unit check's last word is still that its unit is well.
  bool HasUnitThatIsUp();

  // How joining stands. What is wrong with an identity that is there becomes a check of the agent's
  // own, "identity:agent"; before there is one, nobody would hear it.
  void ReportJoining(const link::JoinState& state);

  void TakeSnapshot(faultline::v1::CheckDeclarations* declarations,
                    faultline::v1::Snapshot* snapshot) override;
  void OnLookNow(const faultline::v1::LookNow& ask) override;
  void OnProbeHost(const faultline::v1::ProbeHost& ask) override;
  void OnLinkState(bool connected, const std::string& why) override;
  void OnRefused() override;

 private:
  class Entry;
  struct LookInProgress;

  std::shared_ptr<Entry> Add(const config::CheckConfig& check);
  void Forget(uint32_t number);
  void SendDeclarations(faultline::v1::CheckDeclarations all);
  void Look(const faultline::v1::LookNow& ask);
  void FinishLook(const std::shared_ptr<LookInProgress>& look);
  void SendGauges();
  void SendGaugesSoon();
  void WatchSpool();
  // Of the agent itself: declares `entry` when it is not there yet, and reports.
  void ReportOwn(const CheckId& id, Span interval, checks::Observation seen,
                 std::shared_ptr<Entry>& entry);

  const Parts parts_;
  link::Link* link_ = nullptr;
  // Orders transitions in the spool and what a snapshot says of them: taken together.
  Mutex mutex_;
  // By number. Changed on the loop's thread, under the mutex. A number is used once.
  std::map<uint32_t, std::shared_ptr<Entry>> entries_;
  uint32_t last_number_ = 0;
  faultline::v1::AbsentChecks absent_;  // changed on the loop's thread, under the mutex
  std::atomic<bool> connected_ = false;
  // The link's thread only.
  std::string link_trouble_;
  MonoTime link_trouble_told_;
  std::unique_ptr<host::LoopSource> gauge_timer_;
  std::unique_ptr<host::LoopSource> gauges_soon_;
  std::unique_ptr<host::LoopSource> spool_timer_;
  std::shared_ptr<Entry> spool_entry_;     // once there was something to say
  std::shared_ptr<Entry> identity_entry_;  // the same
  std::string join_trouble_;
  std::vector<std::shared_ptr<LookInProgress>> looks_;
};

}  // namespace faultline::agent
