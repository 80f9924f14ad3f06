// A clock that stands where the test put it.
#pragma once

#include "common/clock.h"

namespace faultline::fakes {

class FixedClock : public Clock {
 public:
  explicit FixedClock(WallTime now) : now_(now) {}
  WallTime Now() const override { return now_; }
  MonoTime Mono() const override { return MonoTime{now_.ns}; }

 private:
  const WallTime now_;
};

}  // namespace faultline::fakes
