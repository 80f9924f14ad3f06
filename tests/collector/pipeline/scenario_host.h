// A host of a scenario: what the file says of it, and what it remembers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/pipeline/messages.h"
#include "common/identity.h"
#include "yaml-cpp/yaml.h"

namespace faultline::pipeline {

// What a host of the scenario is and remembers, as an agent would.
struct ScenarioHost {
  HostIdentity identity;
  HelloMessage hello;
  std::vector<DeclaredCheck> checks;
  std::map<CheckId, SeenObservation> last;
  std::map<CheckId, uint64_t> last_seq;
  std::vector<RecordMessage> spool;
  uint64_t seq = 0;
  uint64_t stream = 0;
  bool is_dead = false;                        // without power: nothing of it is heard or answers
  std::map<std::string, std::string> answers;  // what it gets of a host, where that is another
};

// As README.md in scenarios/ has it. It has seen nothing yet.
ScenarioHost ReadHost(const StackId& stack, const std::string& name, const YAML::Node& node);

// "agent", or what the host comes to: shutdown, reboot, power-off ("host" is a shutdown).
HostStop HostStopOf(const std::string& goodbye);

// What `from` gets of the host at `address`: "ping", "none", or "cannot" (look).
std::string AnswerOf(const std::map<std::string, ScenarioHost>& hosts, const ScenarioHost& from,
                     const std::string& address);

// What differs between the expectation `what` as the file has it and what was seen; empty when
// nothing does, or nothing was expected. `sorted`: in any order.
std::string Difference(const char* what, const YAML::Node& wanted, std::vector<std::string> seen,
                       bool sorted);

}  // namespace faultline::pipeline
