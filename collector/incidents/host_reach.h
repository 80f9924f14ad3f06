// Whether a host whose agent is not heard is there at all, by what the other hosts see of it, in
// words. Pure.
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
  std::string seen;  // a clause: "data and db get no answer (ping, 443)"; empty of kUnknown
};

// `since`: when its agent was last heard. Counts are answers since then, and silence that began
// about then.
HostReach ReachOf(const HostId& host, WallTime since, const model::Hosts& hosts);

// Why a host counts as gone: as HostReach::seen, and whether nobody else can look.
std::string UnansweredInWords(const std::vector<model::Glimpse>& glimpses);

}  // namespace faultline::incidents
