// A clock that the test moves.
#pragma once

#include <atomic>

#include "common/clock.h"

namespace faultline::fakes {

class ManualClock : public Clock {
 public:
  explicit ManualClock(WallTime now) : ns_(now.ns) {}
  void Advance(Span by) { ns_ += by.ns; }
  WallTime Now() const override { return {ns_}; }
  MonoTime Mono() const override { return {ns_}; }

 private:
  std::atomic<int64_t> ns_;
};

}  // namespace faultline::fakes
