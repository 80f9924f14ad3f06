// What the configuration says to the collector's parts.
#pragma once

#include <string>
#include <vector>

#include "collector/config/config.h"
#include "collector/pipeline/pipeline.h"

namespace faultline::collector {

std::vector<std::string> ChannelNames(const config::CollectorConfig& config);

// Reads this machine's boot id.
pipeline::PipelineOptions PipelineOptionsOf(const config::CollectorConfig& config);

}  // namespace faultline::collector
