// Runs a loop until a condition holds: the tests' way to wait.
#pragma once

#include <functional>
#include <memory>

#include "agent/host/loop.h"

namespace faultline::host {

// Runs `loop` on this thread until `done()` holds, at most `deadline`. Returns what it says last.
inline bool RunUntil(Loop& loop, const std::function<bool()>& done,
                     Span deadline = Span::Seconds(20)) {
  if (done()) return true;
  const std::unique_ptr<LoopSource> look = loop.Every(Span{}, Span::Millis(1), [&] {
    if (done()) loop.Stop();
  });
  const std::unique_ptr<LoopSource> limit = loop.After(deadline, [&] { loop.Stop(); });
  return loop.Run().ok() && done();
}

}  // namespace faultline::host
