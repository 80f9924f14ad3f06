// What a reload cannot change, and what is said of one that was refused. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "collector/config/config.h"

namespace faultline::collector {

// One line a key that differs and is taken over by a restart only: all but `notify` and
// `authority.tokens`.
std::vector<std::string> NeedsRestart(const config::CollectorConfig& running,
                                      const config::CollectorConfig& loaded);

// Of a reload that was refused, for people who ask: the errors, which may quote the file, one a
// line.
std::string RefusalText(const absl::Status& status);

}  // namespace faultline::collector
