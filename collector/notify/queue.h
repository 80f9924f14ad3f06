// Which message of a channel goes next. Pure: no clock, thread or I/O; one thread.
//
// It holds a window of what waits, not all of it; who owns it fills it again when it runs out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/notify/host_budget.h"
#include "collector/store/outbox_types.h"
#include "common/clock.h"

namespace faultline::notify {

// What is to be said of an incident of which the channel knows or not, in the state that it is in.
incidents::NotificationEvent EventOf(bool told, incidents::IncidentState state);

// Numbers from here on are no incident's: what the channel is told about itself.
inline constexpr uint64_t kFirstOfOurOwn = uint64_t{1} << 63;

class Queue {
 public:
  // At most `at_once` messages under way, of one host at most half of them (but one at least).
  explicit Queue(size_t at_once) : at_once_(at_once) {}

  // The window anew. What two ways bring of one incident is the newer of the two.
  void Fill(std::vector<store::Waiting> window, MonoTime now);
  // False: nothing comes of it now, it would only take room in the window.
  bool IsWorthFilling(const store::Waiting& waiting, MonoTime now) const;
  // Nothing in the window may go any more, but for what waits for its time.
  bool IsSpent(MonoTime now) const;
  bool HasRoom() const { return under_way_.size() < at_once_; }
  size_t under_way() const { return under_way_.size(); }

  // The next one, under way from now on. Of one line in order and one at a time; what nobody knows
  // before the rest, critical before warning; hosts in turn.
  std::optional<store::Waiting> Next(MonoTime now);
  // How it ended. `state`: as it was told.
  void Told(const store::Waiting& waiting, MonoTime now,
            incidents::IncidentState state = incidents::IncidentState::kOpen);
  void Failed(const store::Waiting& waiting, MonoTime again);
  // What was told and has been written down as told: the store knows.
  void Noted(uint64_t incident, uint32_t version);

  // Whether the channel knows of the incident, where the store may not say so yet: who was told of
  // its end, or of nothing, knows no more of it. None: as the store says.
  std::optional<bool> IsKnown(uint64_t incident) const;
  size_t unnoted() const { return noted_late_.size(); }
  // Failed attempts since it was told last.
  uint32_t attempts(uint64_t incident) const;
  // One that failed waits for its time.
  bool has_failed(MonoTime now) const;
  // The first moment after this one at which one of those may go or a host has room again; far away
  // when there is none.
  MonoTime NextMoment(MonoTime after) const;

  // What is told of each host.
  HostBudget& budget() { return budget_; }
  // What is over and is of a host with too much to tell: not told by itself. Each is handed out
  // once and counts as told until it is Noted.
  std::vector<store::Waiting> TakePassedOver();

 private:
  struct Parked {
    uint32_t attempts = 0;
    MonoTime again;
  };
  struct ToldLately {
    uint32_t version = 0;
    bool is_known = false;
  };

  bool ExceedsBudget(const store::Waiting& waiting, MonoTime now) const;
  bool MayGo(const store::Waiting& waiting, MonoTime now) const;
  void PassOver(MonoTime now);
  bool IsParked(uint64_t incident, MonoTime now) const;
  void Sort(MonoTime now);

  const size_t at_once_;
  std::vector<store::Waiting> window_;             // in the order in which it is told
  std::map<std::string, uint64_t> first_of_line_;  // incident that must be told first
  std::map<uint64_t, store::Waiting> under_way_;   // by incident
  std::set<std::string> busy_lines_;
  std::map<uint64_t, Parked> parked_;
  MonoTime sorted_;
  std::map<uint64_t, ToldLately> noted_late_;  // by incident
  std::vector<store::Waiting> passed_over_;
  HostBudget budget_;
};

}  // namespace faultline::notify
