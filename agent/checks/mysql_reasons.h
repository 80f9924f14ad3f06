// What a failed login or query means: PURE. The words are for a person at 3 a.m.
#pragma once

#include <string>

#include "agent/checks/check.h"
#include "agent/checks/observation.h"
#include "agent/host/mysql_failure.h"

namespace faultline::checks {

// How soon to try a login again. What reaches the server may cost it a line in its log, and the
// client host a part of max_connect_errors.
enum class MySqlPace {
  kEachLook,  // the server sees nothing of it
  kSoon,      // 5 s, then twice as long each time, at most 5 min
  kSteady,    // every 5 min
  kSeldom,    // 5 min, then four times as long, at most 1 h: only a person can mend it
};

struct MySqlMeaning {
  State state = State::kCritical;
  std::string reason;
  MySqlPace pace = MySqlPace::kSoon;
  std::string detail;  // after the server's name: "10.0.2.10:3306 does not let ..."
};

// Who asks and whom.
struct MySqlAsked {
  std::string server;  // "10.0.2.10:3306", or the path of a socket
  std::string user;
  std::string database;
  Span timeout;
};

MySqlMeaning MeaningOf(const host::MySqlFailure& failure, const MySqlAsked& asked);

// With the error's number and text in the evidence: "error 1129 from 10.0.2.10:3306: Host ...".
Observation DescribeMySqlFailure(const host::MySqlFailure& failure, const MySqlAsked& asked);
// The same where `meaning` is known better than from the failure alone.
Observation DescribeMySqlFailure(const host::MySqlFailure& failure, const MySqlMeaning& meaning,
                                 const MySqlAsked& asked);

// For the declaration of the kind.
std::vector<ReasonDeclaration> MySqlFailureReasons();

}  // namespace faultline::checks
