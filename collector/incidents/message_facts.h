// The facts behind an incident, as the picture has them. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/incidents/incident.h"

namespace faultline::incidents {

struct GatheredFact {
  EvidenceLine line;
  bool symptom = false;  // what another host sees of it: the message's "Impact:" tells it
  // Of a log line: the log that it stands in. Its text is then the line alone, and evidence shows
  // both.
  std::string log;
  bool dated = false;     // it has a time of its own, not that at which its check changed
  bool has_line = false;  // of what is broken by itself: "Also:" tells it
};

// At most 12, the most telling first: the leading check's own facts, what else its host says of the
// subject, what others say, and what the other end of a failing path says of itself. What happened
// before the incident (EvidenceFrom) is left out, but for what the leading check itself tells.
std::vector<GatheredFact> GatherFacts(const Incident& incident, const model::Hosts& hosts);

// "app-1 cannot connect to 10.0.2.10:3306 (refused)": what others feel of it, without the leading
// check itself; at most 4, then "and N more".
std::vector<std::string> Impacts(const Incident& incident, const model::Hosts& hosts);

}  // namespace faultline::incidents
