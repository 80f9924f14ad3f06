#include "collector/model/clock_offset.h"

#include <algorithm>
#include <cstdlib>

namespace faultline::model {

void ClockOffset::Add(WallTime sent, WallTime received, Span round_trip) {
  if (round_trip.ns <= 0) return;
  const Sample sample{.offset = {sent.ns - received.ns + round_trip.ns / 2},
                      .round_trip = round_trip};
  // A step of either clock makes all older samples worthless.
  if (known()) {
    const int64_t moved = std::abs(sample.offset.ns - Best().offset.ns);
    if (moved > Best().round_trip.ns + round_trip.ns + Span::Millis(500).ns) samples_.clear();
  }
  samples_.push_back(sample);
  if (samples_.size() > kWindow) samples_.pop_front();
}

const ClockOffset::Sample& ClockOffset::Best() const {
  return *std::min_element(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) {
    return a.round_trip < b.round_trip;
  });
}

Span ClockOffset::offset() const { return known() ? Best().offset : Span{0}; }

Span ClockOffset::uncertainty() const {
  return known() ? Span{Best().round_trip.ns / 2 + 1} : Span{0};
}

WallTime ClockOffset::Correct(WallTime host_time) const {
  if (!known()) return host_time;
  const Sample& best = Best();
  if (std::abs(best.offset.ns) <= best.round_trip.ns / 2 + Span::Millis(5).ns) return host_time;
  return host_time - best.offset;
}

}  // namespace faultline::model
