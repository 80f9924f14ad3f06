// How long to wait before the next attempt to connect. Pure.
#pragma once

#include "common/clock.h"

namespace faultline::link {

// How an attempt ended.
struct Attempt {
  bool welcomed = false;
  Span lived;  // since the welcome
  // The collector, or our own certificate, says that trying again will not help.
  bool refused = false;
  bool unwanted = false;  // refused for who we are
};

// Full jitter: anything between nothing and a ceiling that doubles with each failure, so that the
// agents of a restarted collector do not come back together. A stream must have lived for 30 s to
// bring the ceiling down again: a collector that takes and drops us at once is not hammered.
class Backoff {
 public:
  Backoff(Span min, Span max) : min_(min), max_(max) {}

  // `random` in [0, 1).
  Span Next(const Attempt& attempt, double random);

  // As at the beginning: what failed before says nothing of what is tried now.
  void Reset() { failures_ = 0; }

 private:
  const Span min_;
  const Span max_;
  int failures_ = 0;
};

}  // namespace faultline::link
