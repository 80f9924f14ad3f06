// The line that names the cause of an outage, where a log or a page has it. Pure.
#pragma once

#include <optional>
#include <string>

#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// What `witness` tells of earlier than this is no evidence of what leads now: it may belong to the
// outage before. A unit that failed has said why in its last seconds; any other check has not seen
// what happened between its last two looks, and was well at the one before. Times of the leading
// host itself are compared as they are, those of another as exactly as both clocks are known.
WallTime EvidenceFrom(const rules::Alert& lead, const model::Hosts& hosts, const HostId& witness);

struct UnitCause {
  std::string line;           // the first error line of the unit's log; empty = none since then
  bool start_failed = false;  // systemd says so in the unit's journal
};

// What the unit check puts before the line of the failed run that it found in the journal.
inline constexpr char kItsLog[] = "its log: ";

// Of a unit that is down, by the logs of its own host, else by what its check found.
UnitCause CauseOfUnit(const rules::Alert& lead, const model::Hosts& hosts);

// What the application says of its database, in words: of a page that fails, by its body or by the
// logs of its host that speak of the same subject.
std::optional<std::string> CauseOfPage(const rules::Alert& lead, const model::Hosts& hosts);

// What is the matter with an alert, as stable text: the same as long as there is nothing new to
// tell. "UNIT_FAILED: unknown variable 'nonsense='" once the cause is known; figures are left out.
std::string CauseWords(const rules::Alert& alert, const model::Hosts& hosts);

// Whether the port that a login hangs at takes no new connections either, as the port check of the
// same host sees it: then the path is closed, and nothing is known of the server.
bool IsPathClosed(const rules::Alert& login, const model::Hosts& hosts);

// A log line, also one after kItsLog, without what stands before its message: "unknown variable
// 'nonsense=1'" of "2026-12-01  7:01:02 0 [ERROR] /usr/sbin/mariadbd: unknown variable
// 'nonsense=1'".
std::string WithoutLogPrefix(const std::string& line);

}  // namespace faultline::incidents
