// One watched unit on a connected bus: which object it is, its properties, its jobs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/host/bus_connection.h"
#include "agent/host/systemd_bus.h"

namespace faultline::host {

// What a watch needs of the bus it belongs to.
class UnitWatchOwner {
 public:
  virtual ~UnitWatchOwner() = default;
  virtual Loop& loop() = 0;
  // nullptr until systemd has taken our subscription.
  virtual BusConnection* connection() = 0;
  // Why there is no connection; OK while connecting.
  virtual const absl::Status& why_down() const = 0;
  virtual void AskSystemState() = 0;
  virtual void Forget(UnitWatch* watch) = 0;
};

// How it follows a unit: LoadUnit turns a name, maybe an alias, into the object path, which spells
// the canonical name. Signals are matched first, properties read afterwards, so that no change
// falls between. Lives on the loop's thread.
class BusUnitWatch : public UnitWatch {
 public:
  BusUnitWatch(UnitWatchOwner& owner, const std::string& unit, UnitListener& listener);
  ~BusUnitWatch() override;

  void Refresh(std::function<void()> done) override;

  // The subscription is in place, or systemd has reloaded: resolve and read everything anew.
  void Resolve();
  // The connection is gone.
  void OnDown(const absl::Status& why);
  // The canonical name; empty until it is resolved.
  const std::string& canonical() const { return canonical_; }
  // Signals of the manager about this unit.
  void OnJobNew(uint32_t id);
  void OnJobRemoved(uint32_t id, const std::string& result);

 private:
  void Follow(const std::string& path);
  void Read();
  void Publish();
  void Fail(const absl::Status& why);
  void FinishRefreshes();
  void OnPropertiesChanged(sd_bus_message* signal);
  void OnUnitNew();
  void AskJobType(uint32_t id);

  UnitWatchOwner& owner_;
  const std::string unit_;
  UnitListener& listener_;

  std::string path_;
  std::string canonical_;
  std::vector<std::unique_ptr<BusSlot>> matches_;
  std::unique_ptr<BusSlot> resolving_;
  std::unique_ptr<BusSlot> reading_type_;
  std::unique_ptr<BusSlot> reading_unit_;
  std::unique_ptr<LoopSource> retry_;
  std::unique_ptr<LoopSource> answer_down_;
  std::unique_ptr<LoopSource> new_unit_pause_;
  std::vector<std::function<void()>> refreshes_;

  UnitProperties properties_;
  // What the last question for a job's type rested on.
  uint32_t asked_job_ = 0;
  std::string asked_state_;
  uint64_t next_question_ = 0;
  std::map<uint64_t, std::unique_ptr<BusSlot>> questions_;
};

}  // namespace faultline::host
