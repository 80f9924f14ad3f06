// Between the checks and the spool: finds the transitions, remembers what each check says, answers
// "look now".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/checks/check.h"
#include "agent/config/config.h"
#include "agent/host/loop.h"
#include "agent/link/link.h"
#include "agent/spool/spool.h"
#include "common/mutex.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::agent {

// Makes and owns the checks of one configuration. Lives on the loop's thread; TakeSnapshot and
// OnLookNow alone are called by the link's.
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
  };

  // `config` must have passed ValidateChecks. `parts` outlive the reporter.
  Reporter(const Parts& parts, const std::vector<config::CheckConfig>& checks);
  ~Reporter() override;

  // Starts all checks. `link` may be null (no collector); it must outlive the checks, so call
  // StopChecks before the link goes.
  void Start(link::Link* link);
  void StopChecks();

  void TakeSnapshot(faultline::v1::CheckDeclarations* declarations,
                    faultline::v1::Snapshot* snapshot) override;
  void OnLookNow(const faultline::v1::LookNow& ask) override;
  void OnLinkState(bool connected, const std::string& why) override;

 private:
  class Entry;

  void WatchSpool();
  struct LookInProgress;

  void Look(const faultline::v1::LookNow& ask);
  void FinishLook(const std::shared_ptr<LookInProgress>& look);
  void SendGauges();

  const Parts parts_;
  link::Link* link_ = nullptr;
  // Orders transitions in the spool and what a snapshot says of them: taken together.
  Mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_;  // number n is entries_[n - 1]
  // The link's thread only.
  std::string link_trouble_;
  MonoTime link_trouble_told_;
  std::unique_ptr<host::LoopSource> gauge_timer_;
  std::unique_ptr<host::LoopSource> spool_timer_;
  Entry* spool_entry_ = nullptr;  // once there was something to say
  std::vector<std::shared_ptr<LookInProgress>> looks_;
};

}  // namespace faultline::agent
