// A packet filter as text, taken apart: tables, chains, rules, sets. PURE.
//
// The form is what `nft -y -a list ruleset` prints (nft(8); measured with nft 1.0.6): JSON would
// hide the matches of rules that iptables-nft made. Legacy tables come in the same form
// (firewall_legacy.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace faultline::checks {

// Words of a rule: names, numbers and ranges; "," "{" "}" "(" ")" alone; quoted text with its
// quotes.
using FirewallWords = std::vector<std::string_view>;

struct FirewallRule {
  std::string_view text;   // without its handle
  std::string_view saved;  // legacy only: the line of iptables-save
  uint64_t handle = 0;     // unique in its table and ever growing; 0 in legacy tables
  size_t number = 0;       // from 1, as iptables counts
  FirewallWords words;
};

struct FirewallChain {
  std::string_view name;
  uint64_t handle = 0;
  std::string_view type;  // "filter", "nat", "route"; empty: only reached by jumps
  std::string_view hook;
  std::string_view device;  // of an ingress chain
  int priority = 0;
  bool drops_by_policy = false;
  std::vector<FirewallRule> rules;
};

// An element of a set ("10.0.1.5 . 3306") or of a verdict map ("3306 : jump block").
struct FirewallElement {
  FirewallWords key;
  FirewallWords verdict;
};

struct FirewallTable {
  std::string_view family;  // "ip", "ip6", "inet", "netdev", "arp", "bridge"
  std::string_view name;
  uint64_t handle = 0;
  bool dormant = false;
  bool legacy = false;
  std::map<std::string_view, FirewallChain> chains;
  std::map<std::string_view, std::vector<FirewallElement>> sets;  // and maps
};

struct FirewallRuleset {
  std::vector<FirewallTable> tables;
  size_t rules = 0;
};

// Adds the tables of `text` to `ruleset`, which points into it from then on: `text` must outlive
// it. InvalidArgument says which line cannot be a ruleset's; ResourceExhausted: more rules than
// 200,000.
absl::Status ParseRuleset(std::string_view text, FirewallRuleset* ruleset);

FirewallWords SplitWords(std::string_view text);

// Reads "{ a, b : drop }" from `words[*at]`, which is the "{", and leaves `*at` after the "}".
std::vector<FirewallElement> ReadElements(const FirewallWords& words, size_t* at);

// "lo" without its quotes.
std::string_view Unquoted(std::string_view word);

}  // namespace faultline::checks
