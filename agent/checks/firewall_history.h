// What readings tell together: when a rule appeared, and whether its counter moves. PURE.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/checks/firewall_survey.h"
#include "common/clock.h"

namespace faultline::checks {

// A counter that moved counts as moving for this long, so that a slow trickle does not flap.
constexpr Span kCounterMovesFor = Span::Seconds(60);

class FirewallHistory {
 public:
  // Takes a reading in. `changed` is when the ruleset became what was read, as the kernel's event
  // told; {0} when unknown.
  void Add(const FirewallSurvey& survey, WallTime changed, MonoTime now);

  // When the rule (or the policy that drops) appeared; nullopt: it was there at the first reading.
  std::optional<WallTime> AddedAt(const FirewallFinding& finding) const;

  // Whether the counter of a finding moved lately; nullopt: it has none, or was read only once.
  std::optional<bool> Moves(const FirewallFinding& finding, MonoTime now) const;
  // How many packets it counted since it was first seen.
  uint64_t Counted(const FirewallFinding& finding) const;

 private:
  struct Epoch {
    uint64_t highest = 0;  // handles above the epoch before and up to this one
    std::optional<WallTime> added;
  };
  struct Counter {
    uint64_t first = 0;
    uint64_t last = 0;
    int readings = 0;
    std::optional<MonoTime> moved;
  };
  static std::string KeyOf(const FirewallFinding& finding);

  bool started_ = false;
  std::map<uint64_t, std::vector<Epoch>> tables_;
  std::map<uint64_t, std::optional<WallTime>> policies_;
  std::map<std::string, Counter> counters_;
};

}  // namespace faultline::checks
