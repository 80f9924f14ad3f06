// A HostForgetter that forgets nobody, answers as it is told and remembers whom.
#pragma once

#include <utility>
#include <vector>

#include "collector/pipeline/host_forgetter.h"

namespace faultline::fakes {

class RecordedForgetter : public pipeline::HostForgetter {
 public:
  pipeline::ForgetOutcome outcome = pipeline::ForgetOutcome::kForgotten;

  pipeline::ForgetOutcome Forget(const HostId& host, rules::Decision why) override {
    forgotten_.emplace_back(host, why);
    return outcome;
  }
  const std::vector<std::pair<HostId, rules::Decision>>& forgotten() const { return forgotten_; }

 private:
  std::vector<std::pair<HostId, rules::Decision>> forgotten_;
};

}  // namespace faultline::fakes
