// What the metrics say of the channels.
#pragma once

#include <vector>

#include "collector/metrics/metrics.h"
#include "collector/notify/channels.h"

namespace faultline::collector {

std::vector<metrics::ChannelNumbers> ChannelNumbersOf(notify::Channels& channels, WallTime now);

}  // namespace faultline::collector
