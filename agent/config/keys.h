// Every key of agent.yaml, with its default and meaning.
#pragma once

#include "common/yaml/keys.h"

namespace faultline::config {

// What the reader accepts and `faultline-agent explain agent.yaml` says. The options of a check are
// its kind's and not among them. Never destroyed.
const yaml::Keys& AgentKeys();

inline constexpr char kDefaultStateDir[] = "/var/lib/faultline/agent";

}  // namespace faultline::config
