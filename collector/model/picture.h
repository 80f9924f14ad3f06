// The live picture: what every host's every check says now. Plain values, published as immutable
// parts per host: a reader holds what it took, the owner replaces only the host that changed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/check_id.h"
#include "common/clock.h"
#include "common/identity.h"
#include "common/state.h"

namespace faultline::model {

struct Fact {
  std::string text;
  WallTime at;  // {0} = when it was observed
};

struct GaugeValue {
  std::string name;
  double value = 0;
};

// A check that the host's roles bring elsewhere and this host has not, as its agent told.
struct AbsentCheck {
  enum class Why { kDisabled, kUnknownFact, kNotHere };
  std::string kind;
  std::string target;  // as the role has it, with facts as {names}
  Why why = Why::kNotHere;
  std::string detail;  // for people: why, and what to write
};

// What one check says. Times are corrected to the collector's clock.
struct CheckPicture {
  CheckId id;
  std::string declared_subject;  // as the agent's configuration says; empty = by the rules
  std::string subject;           // in force
  std::string unit;              // canonical unit behind an alias, or owner of a listener
  std::string remote_address;    // numeric, of remote checks; empty for local ones
  int remote_port = 0;
  Span interval;
  std::map<std::string, std::string> expected;  // what it is configured to see, by option: "body"

  State state = State::kUnspecified;  // kUnspecified: declared, not yet seen
  std::string reason;
  std::string detail;
  std::vector<Fact> evidence;
  std::vector<GaugeValue> gauges;
  WallTime since;         // this state and reason began
  WallTime observed;      // newest sign that it holds
  WallTime last_ok;       // newest sign that it was well; {0} = never seen well
  WallTime ok_since;      // and since when it was, then
  uint64_t last_seq = 0;  // transition that led here, 0 = none known
};

// Identity of the transition that began something: what deduplication keys derive from.
struct TransitionId {
  std::string spool_id;
  uint64_t start_number = 0;
  uint64_t seq = 0;
};

// Something that an agent said and that could not be used.
struct RefusedEntry {
  std::string name;     // the check's, or what could be read of it
  uint32_t number = 0;  // of the check on this connection; 0 = of none
  std::string why;      // for people; begins with the field
  WallTime at;          // newest
  uint32_t times = 1;
};

// What another host of the stack got of one whose agent is not heard.
struct Glimpse {
  std::string from;  // the host that looked
  // When it began to look; by a check, when nothing answered any more or when something did last.
  WallTime at;
  bool answered = false;
  std::vector<std::string> by;  // "ping", "443": what answered, or all that was tried
};

enum class LinkState { kConnected, kSilent, kGoodbye };

struct HostPicture {
  HostIdentity identity;
  LinkState link = LinkState::kSilent;
  bool powered_off = false;  // with kGoodbye: the machine itself; not known after a restart
  std::vector<std::string> addresses;  // numeric, without loopback
  std::string agent_version;
  std::string instance_id;
  std::string region;
  std::string boot_id;
  WallTime booted_at;  // {0} = not known, as after a restart until it is back
  std::string spool_id;
  uint64_t start_number = 0;
  WallTime link_since;
  WallTime last_heard;
  std::vector<Glimpse> glimpses;  // with kSilent: the newest of each host that was asked to look
  Span clock_offset;              // host minus collector
  Span clock_uncertainty;         // half the round trip of the best echo; {0} = unknown
  std::map<CheckId, CheckPicture> checks;
  // Not known of an agent that is too old to say, nor after a restart until it is back.
  std::optional<std::vector<AbsentCheck>> absent;
  // Since it connected, by name, newest last; at most kMaxRefused. Not stored.
  std::vector<RefusedEntry> refused;
};

inline constexpr size_t kMaxRefused = 20;

using Hosts = std::map<HostId, std::shared_ptr<const HostPicture>>;

}  // namespace faultline::model
