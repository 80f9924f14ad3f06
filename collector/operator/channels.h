// The notification channels, as the operator API sees them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::operator_api {

struct ChannelTestState {
  uint32_t number = 0;  // counts up; 0 = none yet
  bool finished = false;
  bool delivered = false;
  std::string answer;  // for people
};

struct ChannelState {
  std::string name;
  WallTime failing_since;  // {0} = the last attempts succeeded
  std::string error;       // of the newest failed attempt while it fails
  uint64_t waiting = 0;    // incidents, now
  WallTime oldest;         // when the first of them was decided; {0} = none waits
  ChannelTestState test;   // the newest
};

// Thread-safe.
class ChannelAccess {
 public:
  virtual ~ChannelAccess() = default;
  // By name. Asks the store.
  virtual std::vector<ChannelState> States() = 0;
  // Sends a test message at once and does not wait for what comes of it. One that is under way is
  // not sent twice. NotFound names the channels that there are.
  virtual absl::StatusOr<ChannelTestState> Test(const std::string& channel) = 0;
};

}  // namespace faultline::operator_api
