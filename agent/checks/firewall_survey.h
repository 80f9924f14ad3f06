// Asks a ruleset one question: can clients reach this port, or this host reach that one? PURE, and
// the slow part: thousands of rules take milliseconds, so it may run on a worker. Its answer points
// into nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/checks/firewall_packet.h"

namespace faultline::checks {

struct FirewallTarget {
  uint16_t port = 0;
  std::string host;  // outgoing: whom this host wants to reach, by name or address
  // The addresses that `host` stands for, at most 16; of a name none before it is resolved.
  std::vector<host::IpAddress> remotes;

  bool outgoing() const { return !host.empty(); }
};

// "3306" (incoming), "10.0.2.10:3306" or "db.internal:3306" (outgoing). The error says what a
// target looks like.
absl::StatusOr<FirewallTarget> ParseFirewallTarget(const std::string& text);

struct FirewallQuestion {
  FirewallTarget target;
  std::vector<AddressRange> clients;           // whom an incoming port serves; empty: anyone
  std::vector<host::IpAddress> own_addresses;  // of this host, without loopback
  std::vector<std::string> interfaces;         // that clients' packets use; empty: unknown
};

struct FirewallTexts {
  std::string nft;      // `nft -y -a list ruleset`
  std::string legacy4;  // `iptables-legacy-save -c`; empty: no such tables
  std::string legacy6;
};

// One place where packets may end. Equal ones of several packets are one.
struct FirewallFinding {
  enum class Kind { kDrop, kReject, kPolicy, kQueue };
  enum class Way { kRequests, kAnswers };
  Kind kind = Kind::kDrop;
  Way way = Way::kRequests;
  bool ipv4 = false;
  bool ipv6 = false;
  uint32_t doubts = 0;   // FirewallDoubt
  uint32_t escapes = 0;  // of what earlier rules let through
  uint32_t stopped = 0;  // outgoing: bits of the target's `remotes` whose packets end here
  bool names_port = false;
  bool lists_sources = false;
  std::optional<uint64_t> packets;
  uint64_t table = 0;   // handles, for the history; 0 in legacy tables
  uint64_t handle = 0;  // of the rule, or of the policy's chain
  std::string place;    // see firewall_notation.h
  std::string quote;
  std::string remedy;
  std::string escape;  // the rule of `escapes` that is not understood, quoted

  bool sure() const { return doubts == 0 && escapes == 0; }
};

// A place that parts those who may come to an incoming port from those who may not, where it is
// not known who the clients are.
struct FirewallGate {
  std::string place;               // see firewall_notation.h; of a rule with its quote
  bool rejects = false;            // else it drops
  bool ends_the_rest = false;      // all that no earlier rule let in; else some sources
  std::vector<std::string> opens;  // to whom, at most 4; empty: not to be said in addresses
};

struct FirewallSurvey {
  std::vector<FirewallFinding> findings;  // at most 64, sure ones first
  std::optional<FirewallGate> gate4;      // by IPv4
  std::optional<FirewallGate> gate6;
  bool exhausted = false;  // a bound was reached: not all was looked at
  size_t rules = 0;
  struct TableMark {
    uint64_t table = 0;
    uint64_t highest = 0;  // of its rules' handles
  };
  std::vector<TableMark> tables;
  std::vector<uint64_t> dropping_chains;  // see PolicyKey
};

// A chain's identity across readings.
uint64_t PolicyKey(uint64_t table, uint64_t chain);

// InvalidArgument or ResourceExhausted: the text is not a ruleset's, or larger than can be read.
absl::StatusOr<FirewallSurvey> SurveyFirewall(const FirewallTexts& texts,
                                              const FirewallQuestion& question);

}  // namespace faultline::checks
