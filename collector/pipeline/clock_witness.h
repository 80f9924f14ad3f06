// Whether the collector's clock is right, as others see it. Pure.
#pragma once

#include <string>

#include "collector/model/picture.h"
#include "common/clock.h"

namespace faultline::pipeline {

// One thread.
class ClockWitness {
 public:
  static constexpr Span kInterval = Span::Seconds(60);  // between looks
  static constexpr int kLooks = 5;                      // in a row, without a step of the clock
  static constexpr Span kAgreement = Span::Seconds(60);
  static constexpr size_t kWitnesses = 2;

  // `own_boot`: hosts of this boot id share the collector's clock and prove nothing.
  explicit ClockWitness(std::string own_boot) : own_boot_(std::move(own_boot)) {}

  bool IsDue(MonoTime now) const { return now >= next_; }
  // True when enough machines have agreed with this clock for some minutes.
  bool Look(const model::Hosts& hosts, WallTime wall, MonoTime now);

 private:
  const std::string own_boot_;
  MonoTime next_;
  Span apart_;  // wall minus monotonic clock at the last look
  int agreed_ = 0;
};

}  // namespace faultline::pipeline
