// The time by which records grow old. Pure.
#pragma once

#include "common/clock.h"

namespace faultline::store {

// A clock that is set must not delete what is young: time goes on from what was reckoned before by
// as much as this process has itself seen pass, never beyond the wall clock. Who knows better may
// confirm the wall clock; without that, time in which no collector ran does not count. One thread.
class Reckoning {
 public:
  // `stored`: as it was kept last; {0} = nothing is there that could be old.
  Reckoning(WallTime stored, WallTime wall, MonoTime mono)
      : reckoned_(stored.ns == 0 ? wall : stored), at_(mono) {}

  // What may be used to say how old a record is.
  WallTime Now(WallTime wall, MonoTime mono) {
    reckoned_ = reckoned_ + (mono - at_);
    at_ = mono;
    return wall < reckoned_ ? wall : reckoned_;
  }

  // The wall clock was right: it said `wall` at `mono`.
  void Confirm(WallTime wall, MonoTime mono) {
    reckoned_ = wall;
    at_ = mono;
  }

  // To be kept.
  WallTime reckoned() const { return reckoned_; }

 private:
  WallTime reckoned_;
  MonoTime at_;
};

}  // namespace faultline::store
