// The headline of a message, after "CRITICAL shop-prod: ". Pure.
#pragma once

#include <string>

#include "collector/incidents/incident.h"

namespace faultline::incidents {

// The alert that the incident says leads, else the first; nullptr without alerts.
const rules::Alert* Lead(const Incident& incident);

// Of "database", "site" or what a configuration calls its own: not of one thing of one host.
bool IsService(const rules::Alert& alert);

// What is the matter and what the host says of it, with the cause where a log or a page names it:
// "database down. mysql.service on db-1 is being stopped by a systemctl request; it did not
// crash.", "site answers 500: the application may not log in to its database."
std::string Headline(const rules::Alert& lead, const model::Hosts& hosts);

// The subject without its trouble: "database", "cron.service on db-1", "agent on db-1",
// "the way from app-1 to 10.0.2.10".
std::string SubjectInWords(const rules::Alert& lead);

// The same of one thing that may be one of several of its subject: "nginx.service on app-2".
std::string ThingInWords(const rules::Alert& alert);

// The alert's own words, with the host they come from: "mysql.service on db-1 is being stopped by
// a systemctl request; it did not crash."
std::string Explanation(const rules::Alert& lead);

}  // namespace faultline::incidents
