// How often something may be done: a stock that fills up by itself.
#pragma once

#include <algorithm>
#include <cstdint>

#include "common/clock.h"

namespace faultline {

// Holds up to `capacity` tokens, full at first; one comes back every `refill`. Not thread-safe.
class TokenBucket {
 public:
  TokenBucket(int64_t capacity, Span refill)
      : capacity_(capacity), refill_(refill), tokens_(capacity) {}

  // How many there are.
  int64_t Tokens(MonoTime now) {
    const int64_t came = (now.ns - filled_.ns) / refill_.ns;
    if (came > 0) {
      tokens_ = came >= capacity_ ? capacity_ : std::min(capacity_, tokens_ + came);
      filled_ = {filled_.ns + came * refill_.ns};
    }
    return tokens_;
  }

  // Takes one; false when there is none.
  bool Take(MonoTime now) {
    if (Tokens(now) == 0) return false;
    --tokens_;
    return true;
  }

 private:
  int64_t capacity_;
  Span refill_;
  int64_t tokens_;
  MonoTime filled_;
};

}  // namespace faultline
