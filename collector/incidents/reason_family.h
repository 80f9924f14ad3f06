// Which reasons of a check are the same trouble: what crashes again and again and then hangs is
// broken in another way. Pure.
#pragma once

#include <string_view>

namespace faultline::incidents {

enum class ReasonFamily {
  kFails,      // refuses, ends, answers with an error: every reason without a family of its own
  kSilent,     // takes the question and does not answer, or not in time
  kStopped,    // on purpose
  kNoWay,      // there is no way to it
  kEncrypted,  // TLS and certificates
  kContent,    // answers, with the wrong thing
};

ReasonFamily FamilyOf(std::string_view reason);

}  // namespace faultline::incidents
