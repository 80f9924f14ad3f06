// The words for what a check says: for each reason of each kind how it reads in a headline and how
// it reads once it is over. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "collector/rules/alert.h"

namespace faultline::incidents {

struct ReasonWords {
  std::string_view kind;  // empty: of every kind that has no line of its own
  std::string_view reason;
  std::string_view now;   // after the subject: "down", "refuses logins"
  std::string_view then;  // the same of the past: "refused logins"; empty = "was " and `now`
  std::string_view past;  // a clause: "$T took connections and did not answer"; $T target, $H host
};

// The lines of what runs on a host and of what is seen of it from elsewhere; together all reasons
// that agents and the collector itself can give (tests/collector/incidents/reason_words_test.cc).
std::span<const ReasonWords> ServiceWords();
std::span<const ReasonWords> PathWords();
std::span<const ReasonWords> HostWords();

// nullptr for a reason that a newer agent may bring.
const ReasonWords* FindReasonWords(std::string_view kind, std::string_view reason);

// "down", "hung"; "in trouble" where no line knows the reason: the check's own words follow.
std::string NowInWords(const rules::Alert& alert);

// "was down", "refused logins".
std::string ThenInWords(const rules::Alert& alert);

// "mysql.service on db-1 was stopped", from kind and reason alone.
std::string PastInWords(const rules::Alert& alert);

// Whether the check could not look: nothing is known of what it watches.
bool CouldNotLook(std::string_view kind, std::string_view reason);

}  // namespace faultline::incidents
