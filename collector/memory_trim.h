// Giving memory back after a storm. Pure.
#pragma once

#include <cstddef>

#include "common/clock.h"

namespace faultline::collector {

// One thread.
class MemoryTrim {
 public:
  static constexpr size_t kWorth = size_t{32} << 20;
  // What is free is given back once it has been for so long without being used again.
  static constexpr Span kQuiet = Span::Seconds(30);

  // `free_bytes`: what the allocator holds and nobody uses. True: give it back now.
  bool Look(size_t free_bytes, MonoTime now) {
    const bool is_busy = free_bytes < kWorth || free_bytes < least_ / 2;
    if (is_busy || since_.ns == 0) {
      since_ = free_bytes < kWorth ? MonoTime{} : now;
      least_ = free_bytes;
      return false;
    }
    if (now - since_ < kQuiet) return false;
    since_ = {};
    return true;
  }

 private:
  MonoTime since_;  // {0}: not worth it
  size_t least_ = 0;
};

}  // namespace faultline::collector
