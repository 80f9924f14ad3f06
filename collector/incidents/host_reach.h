// Whether a host whose agent is not heard is there at all, by what the other hosts' checks see of
// it. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"

namespace faultline::incidents {

struct HostReach {
  enum class Kind {
    kUnknown,  // nobody looks at it, or nobody has since
    kAnswers,  // somebody gets an answer, be it a refusal
    kGone,     // who looks gets none
  };
  Kind kind = Kind::kUnknown;
  std::vector<std::string> seen;  // clauses: "data gets no ping answer from 10.94.0.10"; at most 3
};

// `since`: when its agent was last heard. Counts are answers since then, and silence that began
// about then.
HostReach ReachOf(const HostId& host, WallTime since, const model::Hosts& hosts);

}  // namespace faultline::incidents
