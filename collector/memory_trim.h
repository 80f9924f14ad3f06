// Giving memory back after a storm. Pure.
#pragma once

#include <cstddef>

#include "common/clock.h"

namespace faultline::collector {

// By what is resident: what is free inside the allocator's arenas is not to be had (mallinfo2(3)
// tells of the first one only). One thread.
class MemoryTrim {
 public:
  // So much more than after the last time, or than ever, is worth a try.
  static constexpr size_t kWorth = size_t{8} << 20;
  // More than this between two looks: it still grows.
  static constexpr size_t kStill = size_t{1} << 20;
  static constexpr Span kQuiet = Span::Seconds(20);

  // True: malloc_trim(3) now.
  bool Look(size_t resident_bytes, MonoTime now) {
    if (resident_bytes < settled_ || has_trimmed_ || settled_ == 0) settled_ = resident_bytes;
    has_trimmed_ = false;
    const bool grows = resident_bytes > last_ + kStill;
    last_ = resident_bytes;
    if (resident_bytes < settled_ + kWorth) {
      since_ = {};
      return false;
    }
    if (grows || since_.ns == 0) since_ = now;
    if (now - since_ < kQuiet) return false;
    since_ = {};
    return has_trimmed_ = true;
  }

 private:
  size_t settled_ = 0;  // resident after the last trim, or the least since
  size_t last_ = 0;
  MonoTime since_;  // when it last grew; {0}: not worth it
  bool has_trimmed_ = false;
};

}  // namespace faultline::collector
