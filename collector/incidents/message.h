// The text that a person reads at 3 a.m. Pure: same input, same text. Golden files hold the shape.
#pragma once

#include <string>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/incidents/life.h"
#include "collector/model/picture.h"

namespace faultline::incidents {

struct MessageOptions {
  std::string timezone;  // IANA name shown beside UTC ("Europe/Berlin"); empty = UTC only
  std::string base_url;  // "https://faultline.example:7480"; empty = no link
};

// What a message is for, beside what is so: whose news it tells.
struct News {
  Occasion occasion = Occasion::kNone;
  std::string alert;
  std::vector<std::string> ended;  // alerts whose end was not told before
  uint32_t times = 0;              // how often what it is about began, where more than once
  Span within;                     // ... in this time
};

// "CRITICAL shop-prod: database down. mysql.service is being stopped ..." (one line, ends in '.';
// "RESOLVED shop-prod: database is well again after 42 s. ..." once resolved).
std::string RenderTitle(const Incident& incident, const model::Hosts& hosts, const News& news = {});

// Title and all lines that are known; unknown ones are left out.
std::string RenderMessage(const Incident& incident, const model::Hosts& hosts,
                          const MessageOptions& options, const News& news = {});

// "https://app.example/ answered 500": what an alert that leads is about, in the past, by what
// `hosts` says while it is so.
std::string PastTrouble(const rules::Alert& alert, const model::Hosts& hosts);

// The facts that stand in the message and in the webhook's `evidence`: of the incident's alerts'
// checks as the picture has them, at most 12.
std::vector<EvidenceLine> CollectEvidence(const Incident& incident, const model::Hosts& hosts);

}  // namespace faultline::incidents
