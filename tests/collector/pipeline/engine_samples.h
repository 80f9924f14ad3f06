// When it begins, and who speaks.
#pragma once

#include "collector/store/store.h"
#include "common/check_id.h"
#include "common/clock.h"
#include "common/identity.h"

namespace faultline::pipeline {

inline constexpr WallTime kStart{1'795'317'247'000'000'000};
inline constexpr store::Stream kTransitions = store::Stream::kTransitions;
inline const HostIdentity kDb{{{"shop", "prod"}, "db-1"}, "db"};
inline const CheckId kUnit{.kind = "unit", .target = "mysql.service"};

}  // namespace faultline::pipeline
