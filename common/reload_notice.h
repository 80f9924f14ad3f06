// What a program says of a reload. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/clock.h"

namespace faultline {

// The log's lines about a configuration that was not taken over, its errors one a line.
std::vector<std::string> RefusalLines(const absl::Status& status);

// For sd_notify(3): "RELOADING=1" with the time that systemd orders notices by.
std::string ReloadingNotice(MonoTime now);

}  // namespace faultline
