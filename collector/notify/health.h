// Whether a channel works, and what its log says of that. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "collector/notify/notify.h"

namespace faultline::notify {

// A line for the log.
struct HealthLine {
  bool is_warning = false;
  std::string text;
};

// One line when it begins to fail, one when it fails otherwise, one when it works again. One
// thread.
class ChannelHealth {
 public:
  explicit ChannelHealth(std::string channel) : channel_(std::move(channel)) {}

  // `waiting`: how many incidents wait now; asked only for a line.
  std::optional<HealthLine> Failed(const SendResult& result, WallTime now,
                                   const std::function<uint64_t()>& waiting);
  // `others_fail`: another message was tried and waits for its next attempt.
  std::optional<HealthLine> Delivered(WallTime now, bool others_fail);

  WallTime failing_since() const { return since_; }  // {0} = it works
  const std::string& error() const { return error_; }

 private:
  const std::string channel_;
  WallTime since_;
  uint64_t attempts_ = 0;
  std::string kind_;
  std::string error_;
};

}  // namespace faultline::notify
