// What handling inputs brings about: collected while the engine works, carried out afterwards.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collector/incidents/book.h"
#include "collector/pipeline/picture.h"
#include "collector/rules/alert.h"
#include "common/check_id.h"
#include "common/identity.h"

namespace faultline::pipeline {

// Ask a host to look now, at every check of a subject.
struct LookAsk {
  HostId host;
  std::string subject;
};

struct Effects {
  incidents::BookChanges book;
  std::vector<std::shared_ptr<const rules::Alert>> alerts;  // new state of each that changed
  std::vector<LookAsk> looks;
};

}  // namespace faultline::pipeline
