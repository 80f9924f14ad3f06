// The late path: transitions that a host saw while nobody could hear it. They are judged with their
// own times and never touch the live picture.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collector/incidents/book.h"
#include "collector/model/picture.h"
#include "collector/pipeline/effects.h"
#include "collector/rules/alert.h"
#include "collector/rules/rule.h"

namespace faultline::pipeline {

// Of one host and one replay. Belongs to the engine's thread.
class History {
 public:
  explicit History(rules::Patience patience) : patience_(patience) {}

  // The next late transition, in the host's order. `check` says what it said then, in corrected
  // times.
  void Add(const model::HostPicture& host, const model::CheckPicture& check,
           const model::Hosts& hosts, incidents::IncidentBook& book, incidents::Moment moment,
           Effects* effects);

  // A new replay; `firing`: what an earlier one that was broken off had left (book.LateFiring).
  void Begin(std::vector<rules::Alert> firing);

  // The replay is over: what still waits is left to the live picture. Returns what fires.
  std::vector<rules::Alert> End();

 private:
  const rules::Patience patience_;
  std::map<std::string, rules::Alert> alerts_;  // pending and firing ones of this replay
};

}  // namespace faultline::pipeline
