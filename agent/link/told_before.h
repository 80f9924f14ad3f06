// Keeps what fails again and again out of the log: said once, and once an hour while it lasts.
#pragma once

#include <map>
#include <string>

#include "common/clock.h"

namespace faultline::link {

// Not thread-safe.
class ToldBefore {
 public:
  // Whether `text` is worth a line at `now`: it is new, or an hour has passed since it was. The
  // last few texts count, since two troubles may take turns.
  bool IsNews(const std::string& text, MonoTime now);
  // All is well: what fails after this is news.
  void Forget() { told_.clear(); }

 private:
  std::map<std::string, MonoTime> told_;  // when each was worth a line
};

}  // namespace faultline::link
