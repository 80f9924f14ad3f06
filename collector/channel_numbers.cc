#include "collector/channel_numbers.h"

#include <algorithm>

namespace faultline::collector {

std::vector<metrics::ChannelNumbers> ChannelNumbersOf(notify::Channels& channels, WallTime now) {
  std::vector<metrics::ChannelNumbers> all;
  for (const notify::ChannelCounts& each : channels.Counts()) {
    all.push_back({.channel = each.channel,
                   .delivered = each.counters.delivered,
                   .failed_attempts = each.counters.failed_attempts,
                   .rejected = each.counters.rejected});
  }
  for (const operator_api::ChannelState& state : channels.States()) {
    const auto of = std::find_if(all.begin(), all.end(),
                                 [&](const auto& each) { return each.channel == state.name; });
    if (of == all.end()) continue;  // came in between
    of->waiting = state.waiting;
    of->failing = state.failing_since.ns != 0;
    if (state.oldest.ns != 0) of->oldest_seconds = std::max(0.0, (now - state.oldest).seconds());
  }
  return all;
}

}  // namespace faultline::collector
