// From findings to what the check says. PURE; the time is an argument.
#pragma once

#include <string>

#include "agent/checks/firewall_history.h"
#include "agent/checks/firewall_survey.h"
#include "agent/checks/observation.h"

namespace faultline::checks {

struct FirewallSurroundings {
  FirewallTarget target;
  std::string target_text;
  bool clients_configured = false;
  bool uses_ipv6 = false;  // the host has an address that others reach by IPv6
  std::string changed_by;  // "iptables (pid 4711)": who changed the ruleset last; may be empty
  WallTime now;            // a moment of another day is named with its date
};

struct FirewallJudgement {
  Observation observation;  // not stamped
  // A rule may drop: its counter is worth reading again.
  bool suspicious = false;
};

// In words: a rule that surely ends the packets is CRITICAL. One that some packets escape is
// WARNING (PARTIAL_DROP, or DROP_RULE for some sources), or only evidence where it is an
// allow-list's or a block-list's other side. One with matches that are not understood is blamed
// when it names the port and its counter moves, else it is UNKNOWN, UNDECIDED_RULE.
FirewallJudgement JudgeFirewall(const FirewallSurvey& survey, const FirewallHistory& history,
                                const FirewallSurroundings& around, MonoTime now);

}  // namespace faultline::checks
