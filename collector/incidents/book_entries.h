// What the book's files share: an alert as part of an incident, and as a line of its timeline.
#pragma once

#include <optional>
#include <string>

#include "collector/incidents/book.h"
#include "collector/incidents/incident.h"

namespace faultline::incidents {

bool IsOver(const rules::Alert& alert);

// The incident's state of the alert; null when it has no part in it.
rules::Alert* FindAlert(Incident& incident, const std::string& id);

// Puts the newest state of `alert` into the incident. A resolved alert that fires again replaces
// its older self. False when its host has no room for more (kMaxAlertsPerHost).
bool PutAlert(Incident& incident, const rules::Alert& alert);

// Takes out the alert of the same host that matters least, when that is less than `alert` does: is
// less grave, or no graver and farther from the cause. Nothing when there is none.
std::optional<rules::Alert> TakeLesser(Incident& incident, const rules::Alert& alert);

// The alert is out of the incident: nothing is said of its end by itself.
void TellNoEnd(Incident& incident, const std::string& alert);

TimelineEntry EntryOf(const Incident& incident, TimelineKind kind, const rules::Alert& alert,
                      WallTime at, Moment moment);

// From stack, subject and the identity of the transition that began it: the same after a restart.
std::string DedupKey(const rules::Alert& alert);

}  // namespace faultline::incidents
