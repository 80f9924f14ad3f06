// How much memory an input holds until what came of it is durable. Pure.
#pragma once

#include <cstddef>

#include "collector/pipeline/messages.h"

namespace faultline::pipeline {

// Roughly: its texts, and something for each of its parts.
size_t BytesOf(const AgentInput& input);

}  // namespace faultline::pipeline
