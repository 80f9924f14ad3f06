// Who joins, and when.
#pragma once

#include "common/clock.h"
#include "common/identity.h"

namespace faultline::security {

inline const HostId kDb1{{"shop", "prod"}, "db-1"};
inline constexpr WallTime kNow{1'795'317'247'000'000'000};
inline constexpr Span kHour = Span::Seconds(3600);

}  // namespace faultline::security
