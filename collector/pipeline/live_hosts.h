// Which hosts are connected now, for those who give out names.
#pragma once

#include "common/identity.h"

namespace faultline::pipeline {

// Implemented by the pipeline. Thread-safe, never blocks for long.
class LiveHosts {
 public:
  virtual ~LiveHosts() = default;
  // True from a stream's hello until its host counts as silent or has said goodbye.
  virtual bool IsLive(const HostId& host) const = 0;
};

}  // namespace faultline::pipeline
