// What the collector says of its own store, as a check like those of agents. Pure.
#pragma once

#include <optional>
#include <string>

#include "collector/model/picture.h"
#include "collector/store/store.h"
#include "common/clock.h"

namespace faultline::pipeline {

// "store:collector".
CheckId StoreCheckId();

// One thread. Times are monotonic: a clock that is set neither begins a failure nor ends it.
class StoreWatch {
 public:
  // Commits that fail for less than this are tried again and told to nobody.
  static constexpr Span kPatience = Span::Seconds(5);
  // A commit may wait for a busy disk; one that has not come back for this long is a failure.
  static constexpr Span kHung = Span::Seconds(15);

  // `oldest`: since when the oldest commit has been waiting, if one does. `since` of what is said
  // is counted back from `now`.
  model::CheckPicture Judge(const store::StoreHealth& health, std::optional<MonoTime> oldest,
                            WallTime now, MonoTime mono);

 private:
  std::optional<MonoTime> failing_since_;
};

}  // namespace faultline::pipeline
