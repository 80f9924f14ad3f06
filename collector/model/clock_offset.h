// How far a host's clock is from ours, estimated from heartbeat echoes as NTP does (RFC 5905, 8):
// the sample with the shortest round trip is the one least disturbed by queues.
#pragma once

#include <cstddef>
#include <deque>

#include "common/clock.h"

namespace faultline::model {

class ClockOffset {
 public:
  // A heartbeat said `sent` by the host's clock and came at `received` by ours; the last echo took
  // `round_trip` in all ({0} = not known: the sample is ignored).
  void Add(WallTime sent, WallTime received, Span round_trip);

  bool known() const { return !samples_.empty(); }
  Span offset() const;       // host minus collector; {0} while unknown
  Span uncertainty() const;  // at most this far off; {0} while unknown

  // A host's time by our clock. Offsets within their own uncertainty are left alone, so that two
  // good clocks are never "corrected" by noise.
  WallTime Correct(WallTime host_time) const;

 private:
  struct Sample {
    Span offset;
    Span round_trip;
  };
  static constexpr size_t kWindow = 16;

  const Sample& Best() const;

  std::deque<Sample> samples_;
};

}  // namespace faultline::model
