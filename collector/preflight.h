// What --check-config says of a configuration beyond its text: the places that it names are judged
// by the code of the start, and left as they are.
#pragma once

#include <string>
#include <vector>

#include "collector/config/config.h"
#include "common/clock.h"
#include "common/service_account.h"

namespace faultline::collector {

struct Judgement {
  std::vector<std::string> errors;    // the collector would not start; each names field and fix
  std::vector<std::string> warnings;  // it would, and say this in its log
};

// Of what the start reads, one line for each file that is there and that `account` may not read,
// with the field and the command that mends it: root, who asks, reads everything, the service does
// not. Only root may ask.
std::vector<std::string> ClosedToService(const config::CollectorConfig& config,
                                         const ServiceAccount& account);

// Reads the files that `config` names as the user who asks, who may be another than the
// collector's. What only the start can know is not in it: a port or a store that another process
// holds.
Judgement Preflight(const config::CollectorConfig& config, const Clock& clock);

}  // namespace faultline::collector
