// Which hosts are there, for those who give out names.
#pragma once

#include "common/clock.h"
#include "common/identity.h"

namespace faultline::pipeline {

struct HostPresence {
  // From a stream's hello until its host counts as silent or has said goodbye.
  bool connected = false;
  // Its goodbye, which nothing followed, said that the machine is being switched off.
  bool powered_off = false;
  // When it was connected last, to about 10 s; {0} = never.
  WallTime heard;
};

// Implemented by the pipeline. Thread-safe, never blocks for long.
class LiveHosts {
 public:
  virtual ~LiveHosts() = default;
  virtual HostPresence PresenceOf(const HostId& host) const = 0;
};

}  // namespace faultline::pipeline
