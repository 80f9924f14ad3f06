// The way of a packet through the hooks: which rules may end it, and how sure that is. PURE.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/checks/firewall_match.h"
#include "agent/checks/firewall_packet.h"
#include "agent/checks/firewall_ruleset.h"

namespace faultline::checks {

// A place where the packet may end.
struct FirewallHit {
  enum class Kind { kDrop, kReject, kPolicy, kQueue };
  Kind kind = Kind::kDrop;
  const FirewallTable* table = nullptr;
  const FirewallChain* chain = nullptr;
  const FirewallRule* rule = nullptr;    // nullptr: kPolicy
  std::string_view with;                 // of a reject
  uint32_t doubts = kSure;               // whether the packet comes under this rule
  uint32_t escapes = kSure;              // whether an earlier rule let it through
  const FirewallRule* escape = nullptr;  // the first of those that is not understood
  bool names_port = false;
  bool lists_sources = false;
  std::optional<uint64_t> packets;

  bool sure() const { return doubts == kSure && escapes == kSure; }
};

// Walks one packet after the other through one ruleset. Bounded: at most 2,000,000 rules in all,
// and 16 jumps deep (the kernel's NFT_JUMP_STACK_SIZE).
class FirewallWalk {
 public:
  explicit FirewallWalk(const FirewallRuleset& ruleset) : ruleset_(ruleset) {}

  // The chains of `hook`, in their order, across all tables. An accept ends its own base chain
  // only: the later ones still judge the packet (nft(8), "VERDICT STATEMENT"); a drop is final.
  // Changes the packet as marks and translation do, and leaves of its clients those who may come
  // through. False when the packet surely ends here, whoever sent it.
  bool Pass(std::string_view hook, FirewallPacket* packet);

  const std::vector<FirewallHit>& hits() const { return hits_; }
  void ClearHits() { hits_.clear(); }
  // A bound was reached: what follows is not known.
  bool exhausted() const { return exhausted_; }

 private:
  enum class End { kThrough, kAccepted, kBlocked };
  struct Path {
    uint32_t doubts = kSure;
    uint32_t escapes = kSure;  // of those who returned from a chain further up
    bool names_port = false;
    bool lists_sources = false;
    int depth = 0;
    ClientSet clients;  // whom the rules on the way here named
  };

  bool AppliesTo(const FirewallTable& table, const FirewallChain& chain,
                 const FirewallPacket& packet, std::string_view hook, Path* path) const;
  End WalkChain(const FirewallTable& table, const FirewallChain& chain, const Path& path,
                FirewallPacket* packet);
  void Hit(FirewallHit hit, uint32_t doubts, uint32_t escapes);
  void Accept(uint32_t doubts, const ClientSet& clients);

  const FirewallRuleset& ruleset_;
  std::vector<FirewallHit> hits_;
  size_t budget_ = 2'000'000;
  bool exhausted_ = false;
  // Of the base chain at work: who was accepted.
  uint32_t accepted_ = kSure;
  ClientSet accepted_clients_;
  const FirewallRule* escape_ = nullptr;
};

}  // namespace faultline::checks
