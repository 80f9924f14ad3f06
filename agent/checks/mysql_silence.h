// What it means that a MySQL server did not answer, or could not be connected to: PURE. A server
// that is hung takes connections; a path that is cut does not, and only a look at the port tells
// them apart.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/mysql_reasons.h"
#include "agent/checks/observation.h"

namespace faultline::checks {

// What was seen of the way to the server when an answer was missing. Over a unix socket nothing:
// there is no way that could be cut.
struct MySqlWay {
  bool is_local = false;       // a unix socket
  bool on_open_login = false;  // the kept login was asked; else a login was begun
  // Whether the server's host has acknowledged all that was sent on the silent connection.
  std::optional<bool> acknowledged;
  // What a SYN met that was sent when the answer was missing: as the check `port` says it.
  std::optional<Observation> door;
};

struct MySqlSilence {
  MySqlMeaning meaning;
  std::string fact;  // about the port; empty: nothing to add
};

// `failure` is kNoAnswer: hung, or the path. Its pace is kEachLook where a login cannot reach the
// server, so that it costs nothing there.
MySqlSilence MeaningOfSilence(const host::MySqlFailure& failure, const MySqlWay& way,
                              const MySqlAsked& asked);

// `failure` is kRefused: who refused, as far as `door` tells.
MySqlSilence MeaningOfRefusal(const host::MySqlFailure& failure, const MySqlWay& way,
                              const MySqlAsked& asked);

// What only a look at the port tells, for the declaration of the kind.
std::vector<ReasonDeclaration> MySqlPathReasons();

}  // namespace faultline::checks
