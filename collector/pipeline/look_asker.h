// Asking agents to look now, for those who serve people.
#pragma once

#include "common/clock.h"
#include "common/identity.h"

namespace faultline::pipeline {

// Implemented by the pipeline. Thread-safe, never blocks for long.
class LookAsker {
 public:
  virtual ~LookAsker() = default;
  // Asks the connected agents of the stack to look at all their checks, and returns the moment:
  // what is observed from then on is the answer, and comes into the picture by itself. An agent is
  // asked at most once a second; sooner, the moment is that of the question before.
  virtual WallTime AskStack(const StackId& stack) = 0;
};

}  // namespace faultline::pipeline
