// What a symptom points to may have been started a moment ago: systemd calls a service started once
// its program runs, and an application takes a while until it answers. Pure.
#pragma once

#include <optional>
#include <string>

#include "collector/model/picture.h"
#include "collector/rules/rule.h"

namespace faultline::rules {

struct Start {
  WallTime at;
  Span grace;        // how long an answer is waited for
  std::string host;  // what was started is there
  std::string unit;  // as configured; empty: the host itself has come up

  bool operator==(const Start&) const = default;
};

// The start that `symptom` of `host` may still suffer from: of a service of its subject at the end
// that it points to (model::OtherEnd), or where that is not known at any host of the stack, or of
// such a host itself. Not one after which the check
// was well: what answered and does not any more is no start. nullopt where none is known, where a
// unit of the subject is down (that speaks for itself), and where the symptom is none of a service
// that is not ready: refused, nothing listens, 502, 503, 504. It may be long ago.
std::optional<Start> JustStarted(const model::HostPicture& host, const model::CheckPicture& symptom,
                                 const model::Hosts& hosts, const Patience& patience);

// Whether something of this subject runs on `host`, by its own checks.
bool Runs(const model::HostPicture& host, const std::string& subject);

}  // namespace faultline::rules
