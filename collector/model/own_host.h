// What the collector says of itself stands in the picture as a host, while there is something to
// say.
#pragma once

#include "common/identity.h"

namespace faultline::model {

// No certificate bears it: an identity always has an environment.
inline HostId CollectorsOwn() { return {{.stack = "faultline", .env = ""}, "collector"}; }

inline bool IsCollectorsOwn(const HostId& host) { return host == CollectorsOwn(); }

}  // namespace faultline::model
