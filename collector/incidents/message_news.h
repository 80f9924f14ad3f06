// What a message says beside its leading trouble: whose news it brings, what else is broken, what
// is over. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/incidents/message.h"
#include "collector/model/picture.h"

namespace faultline::incidents {

// nullptr when the incident has none of that id.
const rules::Alert* AlertById(const Incident& incident, const std::string& id);

// "port 9000 on web is well again after 12 s".
std::string EndedInWords(const rules::Alert& alert);

// What beside the lead is broken by itself, each as its own headline, without those that `title`
// has; at most 4, then "and N more".
std::vector<std::string> AlsoBroken(const Incident& incident, const rules::Alert& lead,
                                    const std::string& title, const model::Hosts& hosts);

// What ended and is told with it, as EndedInWords, without those that `title` has; at most 4, then
// "N more are well again".
std::vector<std::string> EndedBeside(const Incident& incident, const std::string& title,
                                     const News& news);

// After "CRITICAL shop-prod: ": the lead's headline, with the news before or after it.
std::string OpenHeadline(const Incident& incident, const rules::Alert& lead,
                         const model::Hosts& hosts, const News& news);

}  // namespace faultline::incidents
