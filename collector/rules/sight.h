// What the other hosts of a stack see of one whose agent is not heard. Pure.
#pragma once

#include <optional>
#include <vector>

#include "collector/model/picture.h"

namespace faultline::rules {

// Whether the host at the other end of a check answers: a packet of it came back, be it a refusal,
// or none did. nullopt where the check cannot tell.
std::optional<bool> HostAnswers(const model::CheckPicture& check);

// One glimpse for each other connected host that looks there, by its own checks or because it was
// asked (HostPicture::glimpses), whichever is newer; among equals the answer, which proves more.
// `since`: when `host` was last heard. Counts are answers since then, and silence that began about
// then: what was closed long before has another cause.
std::vector<model::Glimpse> GlimpsesOf(const HostId& host, WallTime since,
                                       const model::Hosts& hosts);

}  // namespace faultline::rules
