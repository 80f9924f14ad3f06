// What a reload cannot change. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/config/config.h"

namespace faultline::collector {

// One line a key that differs and is taken over by a restart only: all but `notify` and
// `authority.tokens`.
std::vector<std::string> NeedsRestart(const config::CollectorConfig& running,
                                      const config::CollectorConfig& loaded);

}  // namespace faultline::collector
