#include "agent/checks/firewall_walk.h"

#include <algorithm>
#include <utility>

namespace faultline::checks {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxHits = 1000;

using VerdictKind = FirewallVerdict::Kind;

void Translate(const FirewallVerdict& verdict, FirewallPacket* packet) {
  packet->translated = true;
  if (verdict.port.has_value()) packet->destination_port = *verdict.port;
  if (verdict.address.empty()) return;
  if (const std::optional<AddressRange> to = ParseAddressRange(verdict.address)) {
    const auto is_ours = [&](const AddressRange& own) { return own.low == to->low; };
    packet->to_this_host = to->low.is_loopback() || std::any_of(packet->destination.begin(),
                                                                packet->destination.end(), is_ours);
    packet->destination = {*to};
  }
}

// Of the clients only those in `allowed` go on.
void KeepClients(const ClientSet& allowed, FirewallPacket* packet) {
  if (!packet->client_is_source() && !packet->client_is_destination()) return;
  std::vector<AddressRange>& known =
      packet->client_is_source() ? packet->source : packet->destination;
  const ClientSet now = known.empty() ? ClientSet() : ClientSet(known);
  const ClientSet left = Intersection(now, allowed);
  if (left.has_value() && !left->empty()) known = *left;
}

}  // namespace

bool FirewallWalk::AppliesTo(const FirewallTable& table, const FirewallChain& chain,
                             const FirewallPacket& packet, std::string_view hook,
                             Path* path) const {
  const std::string_view family = packet.family == AF_INET6 ? "ip6" : "ip";
  if (table.dormant || chain.hook != hook) return false;
  if (chain.type == "nat" && packet.state != ConnectionState::kNew) return false;
  if (table.family != "netdev") return table.family == family || table.family == "inet";
  if (packet.interfaces.empty()) {
    path->doubts = kSomeInterfaces;
    return chain.device != "lo";
  }
  return std::find(packet.interfaces.begin(), packet.interfaces.end(), chain.device) !=
         packet.interfaces.end();
}

bool FirewallWalk::Pass(std::string_view hook, FirewallPacket* packet) {
  struct Base {
    const FirewallTable* table;
    const FirewallChain* chain;
    Path path;
  };
  packet->hook = hook;
  std::vector<Base> bases;
  for (const FirewallTable& table : ruleset_.tables) {
    for (const auto& [name, chain] : table.chains) {
      Path path;
      if (AppliesTo(table, chain, *packet, hook, &path)) bases.push_back({&table, &chain, path});
    }
  }
  std::stable_sort(bases.begin(), bases.end(), [](const Base& a, const Base& b) {
    return a.chain->priority < b.chain->priority;
  });
  for (const Base& base : bases) {
    accepted_ = kSure;
    accepted_clients_ = std::vector<AddressRange>();
    escape_ = nullptr;
    End end = WalkChain(*base.table, *base.chain, base.path, packet);
    if (end == End::kThrough && base.chain->drops_by_policy) {
      Hit({.kind = FirewallHit::Kind::kPolicy, .table = base.table, .chain = base.chain},
          base.path.doubts, accepted_);
      end = End::kBlocked;
    }
    if (end == End::kBlocked && base.path.doubts == kSure) {
      if (accepted_ == kSure) return false;
      KeepClients(accepted_clients_, packet);
    }
  }
  return true;
}

void FirewallWalk::Hit(FirewallHit hit, uint32_t doubts, uint32_t escapes) {
  hit.doubts = doubts;
  hit.escapes = escapes;
  hit.escape = escape_;
  // Never lose one that is sure.
  if (hits_.size() < kMaxHits || hit.sure()) hits_.push_back(hit);
}

// Some of the packets, or those of `clients` only.
void FirewallWalk::Accept(uint32_t doubts, const ClientSet& clients) {
  accepted_ |= doubts;
  if (doubts != kSure) accepted_clients_ = Union(std::move(accepted_clients_), clients);
}

FirewallWalk::End FirewallWalk::WalkChain(const FirewallTable& table, const FirewallChain& chain,
                                          const Path& path, FirewallPacket* packet) {
  if (path.depth > kMaxDepth) {
    exhausted_ = true;
    return End::kAccepted;
  }
  uint32_t returned = kSure;  // who left this chain early
  for (const FirewallRule& rule : chain.rules) {
    if (budget_ == 0) {
      exhausted_ = true;
      return End::kAccepted;
    }
    --budget_;
    const RuleOutcome outcome = MatchRule(rule, table, *packet);
    if (outcome.match.kind == RuleMatch::Kind::kNo) continue;
    const bool all = outcome.match.doubts == kSure && path.doubts == kSure;
    if (outcome.sets_mark) packet->mark = all ? outcome.mark : std::nullopt;
    if (outcome.untracks && all) packet->state = ConnectionState::kUntracked;
    for (const RuleOutcome::Step& step : outcome.steps) {
      const FirewallVerdict& verdict = step.verdict;
      const uint32_t own = outcome.match.doubts | step.doubts;
      const uint32_t doubts = path.doubts | own;
      const uint32_t escapes = accepted_ | path.escapes | returned;
      const ClientSet clients =
          Intersection(path.clients, Intersection(outcome.clients, step.clients));
      const auto note_escape = [&] {
        if ((doubts & kNotUnderstood) != 0 && escape_ == nullptr) escape_ = &rule;
      };
      const FirewallHit hit{.table = &table,
                            .chain = &chain,
                            .rule = &rule,
                            .with = verdict.with,
                            .names_port = path.names_port || outcome.match.names_port,
                            .lists_sources = path.lists_sources || outcome.match.lists_sources,
                            .packets = outcome.packets};
      switch (verdict.kind) {
        case VerdictKind::kDrop:
        case VerdictKind::kReject: {
          FirewallHit ended = hit;
          ended.kind = verdict.kind == VerdictKind::kDrop ? FirewallHit::Kind::kDrop
                                                          : FirewallHit::Kind::kReject;
          Hit(ended, doubts, escapes);
          if (own == kSure) return returned == kSure ? End::kBlocked : End::kThrough;
          break;
        }
        case VerdictKind::kQueue: {
          FirewallHit queued = hit;
          queued.kind = FirewallHit::Kind::kQueue;
          Hit(queued, doubts | kNotUnderstood, escapes);
          if (own == kSure) return End::kAccepted;
          break;
        }
        case VerdictKind::kTranslate:
          if (doubts == kSure) Translate(verdict, packet);
          [[fallthrough]];
        case VerdictKind::kAccept:
          // Those who returned are not among them.
          Accept(doubts | (own == kSure ? returned : kSure), clients);
          note_escape();
          if (own == kSure) return returned == kSure ? End::kAccepted : End::kThrough;
          break;
        case VerdictKind::kReturn:
          if (own == kSure) return End::kThrough;
          returned |= own;
          note_escape();
          break;
        case VerdictKind::kJump:
        case VerdictKind::kGoto: {
          const auto next = table.chains.find(verdict.chain);
          if (next == table.chains.end()) break;
          const End end = WalkChain(table, next->second,
                                    {.doubts = doubts,
                                     .escapes = path.escapes | returned,
                                     .names_port = hit.names_port,
                                     .lists_sources = hit.lists_sources,
                                     .depth = path.depth + 1,
                                     .clients = clients},
                                    packet);
          if (own == kSure && end != End::kThrough) return end;
          if (verdict.kind == VerdictKind::kGoto) {
            if (own == kSure) return End::kThrough;
            returned |= own;
          }
          break;
        }
      }
    }
  }
  return End::kThrough;
}

}  // namespace faultline::checks
