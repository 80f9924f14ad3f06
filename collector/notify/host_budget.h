// How much is told about one host. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/clock.h"

namespace faultline::notify {

// So many incidents of one host are told by themselves in this time: with their ends twice as many
// messages. As many critical ones are told whatever was told of others before them.
inline constexpr size_t kMostOfHost = 30;
inline constexpr Span kHostPeriod = Span::Seconds(600);

// Of one channel. One thread.
class HostBudget {
 public:
  // Of what is critical only such count, of the rest everything does.
  bool IsSpent(const std::string& host, bool is_critical, MonoTime now) const;
  // How many of its incidents were told lately.
  size_t Spent(const std::string& host, MonoTime now) const;
  void Tell(const std::string& host, bool is_critical, MonoTime now);

  // More of it waits than may be told. True when that is new.
  bool Overflows(const std::string& host);
  bool overflows(const std::string& host) const { return overflowing_.count(host) > 0; }
  const std::map<std::string, uint64_t>& overflowing() const { return overflowing_; }
  // An incident of it is not told by itself.
  void PassOver(const std::string& host);
  // It has room again and nothing of it waits for that. Returns how many were not told.
  uint64_t Ends(const std::string& host);

  // The first moment after this one at which a host that overflows has more room; far away when
  // there is none.
  MonoTime NextRoom(MonoTime after) const;
  void Forget(MonoTime now);

 private:
  using Times = std::deque<MonoTime>;  // at most kMostOfHost, the newest last

  std::map<std::string, Times> told_;
  std::map<std::string, Times> told_critical_;   // of told_
  std::map<std::string, uint64_t> overflowing_;  // to the number that was passed over
};

}  // namespace faultline::notify
