// The headline's two halves. Pure.
#pragma once

#include <string>

#include "collector/incidents/incident.h"

namespace faultline::incidents {

// The alert that the incident says leads, else the first; nullptr without alerts.
const rules::Alert* Lead(const Incident& incident);

// What is the matter with the subject: "database down", "certificate expires soon",
// "cron.service down on db-1", "disk / of db-1 running out", "agent on db-1 silent".
std::string Trouble(const Incident& incident, const rules::Alert& lead);

// The subject without its trouble: "database", "cron.service on db-1", "agent on db-1".
std::string SubjectInWords(const Incident& incident, const rules::Alert& lead);

// The alert's own words, with the host they come from: "mysql.service on db-1 is being stopped by
// a systemctl request; it did not crash."
std::string Explanation(const rules::Alert& lead);

}  // namespace faultline::incidents
