// A LookAsker that asks nobody and remembers whom.
#pragma once

#include <vector>

#include "collector/pipeline/look_asker.h"

namespace faultline::fakes {

class RecordedLooks : public pipeline::LookAsker {
 public:
  explicit RecordedLooks(WallTime moment) : moment_(moment) {}

  WallTime AskStack(const StackId& stack) override {
    stacks_.push_back(stack);
    return moment_;
  }
  const std::vector<StackId>& stacks() const { return stacks_; }

 private:
  const WallTime moment_;
  std::vector<StackId> stacks_;
};

}  // namespace faultline::fakes
