// The rule that every check is under beside its own: UNKNOWN that lasts. A typo in a unit's name or
// a wrong password leaves a check blind for ever, and its own rule, which waits for an OK or a
// CRITICAL, says nothing. Pure.
#pragma once

#include <string>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"
#include "collector/rules/judge.h"
#include "collector/rules/rule.h"

namespace faultline::rules {

// "CheckBlind": a ticket after 15 minutes.
const Rule& BlindRule();

// Whether `alert` is of that rule.
bool IsBlind(const Alert& alert);

// "blind db-1": one incident a host, whatever its checks watch.
std::string BlindSubject(const std::string& host);

// Whether the check cannot look. Not a ping that never worked, nor the look at a cloud-init that is
// not there.
bool CannotLook(const model::CheckPicture& check);

// `current` is the pending or firing alert of this rule and check, or null. `is_heard`: the host is
// connected. While it is not, nobody can tell whether a check has learned to look: what waits is
// dropped, what fires stays.
Verdict JudgeBlind(const Alert* current, const model::CheckPicture& check, bool is_heard,
                   WallTime now);

}  // namespace faultline::rules
