// Taking hosts out of the picture, for those who serve people.
#pragma once

#include "collector/rules/alert.h"
#include "common/identity.h"

namespace faultline::pipeline {

enum class ForgetOutcome {
  kForgotten,
  kUnknown,    // there is no such host
  kConnected,  // its agent is heard: nothing was done
  kNoAnswer,   // the pipeline is behind: it is done when its turn comes
};

// Implemented by the pipeline. Thread-safe.
class HostForgetter {
 public:
  virtual ~HostForgetter() = default;
  // `why` is what its alerts are withdrawn with: rules::IsHostGone. Waits until the picture is
  // without the host, for 5 s at most.
  virtual ForgetOutcome Forget(const HostId& host, rules::Decision why) = 0;
};

}  // namespace faultline::pipeline
