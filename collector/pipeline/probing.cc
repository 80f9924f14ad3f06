#include "collector/pipeline/probing.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::pipeline {
namespace {

constexpr size_t kMostVantages = 3;
constexpr Span kProbeWithin = Span::Millis(800);
// For the way there and back.
constexpr Span kProbeTravels = Span::Millis(200);
// An agent takes 30 a minute (agent_link.proto). Those about hosts that are well leave half.
constexpr int64_t kProbeStock = 20;
constexpr int64_t kKeptForSilence = 10;
constexpr Span kProbeRefill = Span::Seconds(2);
constexpr size_t kMostAsked = 10'000;
// All hosts come at once when the collector starts.
constexpr size_t kMostLivingPerTurn = 10;

// A host that has just connected may not serve yet.
constexpr Span kFirstKnocks[] = {Span::Seconds(3), Span::Seconds(60)};
constexpr Span kKnocksAgain = Span::Seconds(3600);

Span UntilNextRound(bool is_silent, int rounds) {
  if (!is_silent) return rounds < 2 ? kFirstKnocks[rounds] : kKnocksAgain;
  return rounds <= 5 ? Span::Seconds(1) : rounds <= 15 ? Span::Seconds(5) : Span::Seconds(30);
}

bool Watches(const HostId& from, const ProbeAim& aim, const model::Hosts& hosts) {
  const auto host = hosts.find(from);
  if (host == hosts.end()) return false;
  const auto& checks = host->second->checks;
  return std::any_of(checks.begin(), checks.end(), [&](const auto& entry) {
    const std::string& address = entry.second.remote_address;
    return std::find(aim.addresses.begin(), aim.addresses.end(), address) != aim.addresses.end();
  });
}

// nullopt: nothing was looked at.
std::optional<model::Glimpse> GlimpseOf(const ProbeResultMessage& result) {
  model::Glimpse glimpse;
  bool looked = false;
  for (const ProbeResultMessage::Path& path : result.paths) {
    looked = looked || path.looked;
    glimpse.answered = glimpse.answered || path.answered;
  }
  if (!looked) return std::nullopt;
  for (const ProbeResultMessage::Path& path : result.paths) {
    if (!path.looked || path.answered != glimpse.answered) continue;
    std::string way = path.port == 0 ? "ping" : absl::StrCat(path.port);
    if (std::find(glimpse.by.begin(), glimpse.by.end(), way) == glimpse.by.end()) {
      glimpse.by.push_back(std::move(way));
    }
  }
  return glimpse;
}

}  // namespace

void Probing::IsHeard(const HostId& host, WallTime now) {
  Target& target = targets_[host];
  target.is_silent = false;
  target.rounds = 0;
  target.next = now + UntilNextRound(false, 0);
  target.glimpses.clear();
  AskNewcomer(host, now);
}

// Who has just come may get an answer from those who are there, and so be a witness.
void Probing::AskNewcomer(const HostId& newcomer, WallTime now) {
  for (auto it = targets_.lower_bound(HostId{newcomer.stack, ""});
       it != targets_.end() && it->first.stack == newcomer.stack; ++it) {
    Target& target = it->second;
    if (it->first == newcomer || target.is_silent || target.ways.size() >= kMostVantages ||
        target.ways.contains(newcomer)) {
      continue;
    }
    target.rounds = 0;
    target.next = std::min(target.next, now + UntilNextRound(false, 0));
  }
}

void Probing::IsSilent(const HostId& host, WallTime now) {
  Target& target = targets_[host];
  target.is_silent = true;
  target.rounds = 0;
  target.next = now;
  target.glimpses.clear();
}

void Probing::Anew(const HostId& host, WallTime now) {
  IsSilent(host, now);
  targets_[host].next = now + Span::Seconds(1);
}

void Probing::Forget(const HostId& host) { targets_.erase(host); }

TokenBucket& Probing::BudgetOf(const HostId& vantage) {
  return budgets_.try_emplace(vantage, kProbeStock, kProbeRefill).first->second;
}

// Who has got an answer before first, then the collector's own host, those who watch that host
// anyway, and who was asked least.
std::vector<const ProbeVantage*> Probing::Choose(const HostId& host, const Target& target,
                                                 const ProbeAim& aim,
                                                 const std::vector<ProbeVantage>& vantages,
                                                 const model::Hosts& hosts, MonoTime now) {
  using Rank = std::tuple<bool, bool, bool, int64_t>;
  std::vector<std::pair<Rank, const ProbeVantage*>> ranked;
  for (const ProbeVantage& vantage : vantages) {
    if (vantage.host == host || vantage.host.stack != host.stack) continue;
    const int64_t left = BudgetOf(vantage.host).Tokens(now);
    if (left <= (target.is_silent ? 0 : kKeptForSilence)) continue;
    ranked.push_back({{!target.ways.contains(vantage.host), !vantage.is_own,
                       !Watches(vantage.host, aim, hosts), -left},
                      &vantage});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& one, const auto& other) { return one.first < other.first; });
  std::vector<const ProbeVantage*> chosen;
  for (const auto& [rank, vantage] : ranked) {
    if (chosen.size() < kMostVantages) chosen.push_back(vantage);
  }
  return chosen;
}

std::vector<ProbeRequest> Probing::Due(const std::vector<ProbeVantage>& vantages,
                                       const model::Hosts& hosts, incidents::Moment moment) {
  std::erase_if(asked_, [&](const auto& entry) { return entry.second.until < moment.now; });
  std::vector<ProbeRequest> requests;
  size_t living = 0;
  for (auto& [host, target] : targets_) {
    if (target.next > moment.now || asked_.size() >= kMostAsked) continue;
    if (!target.is_silent && ++living > kMostLivingPerTurn) continue;
    ++target.rounds;
    target.next = moment.now + UntilNextRound(target.is_silent, target.rounds);
    const ProbeAim aim = AimAt(host, hosts);
    if (aim.addresses.empty()) continue;
    for (const ProbeVantage* vantage : Choose(host, target, aim, vantages, hosts, moment.mono)) {
      BudgetOf(vantage->host).Take(moment.mono);
      asked_[next_request_] = {.from = vantage->host,
                               .about = host,
                               .at = moment.now,
                               .until = moment.now + kProbeWithin + kProbeTravels,
                               .is_first = target.is_silent && target.rounds == 1};
      requests.push_back({vantage->stream, next_request_++, aim, kProbeWithin});
    }
  }
  return requests;
}

std::optional<HostId> Probing::Take(const HostId& from, const ProbeResultMessage& result) {
  const auto found = asked_.find(result.request);
  if (found == asked_.end() || found->second.from != from) return std::nullopt;
  const Asked asked = found->second;
  asked_.erase(found);
  const auto target = targets_.find(asked.about);
  if (target == targets_.end()) return std::nullopt;
  std::optional<model::Glimpse> glimpse = GlimpseOf(result);
  if (glimpse.has_value() && glimpse->answered) target->second.ways.insert(from);
  if (glimpse.has_value() && target->second.is_silent && target->second.ways.contains(from)) {
    glimpse->from = from.host;
    glimpse->at = asked.at;
    target->second.glimpses[from] = *std::move(glimpse);
  }
  return asked.about;
}

std::vector<model::Glimpse> Probing::Glimpses(const HostId& host) const {
  std::vector<model::Glimpse> all;
  const auto target = targets_.find(host);
  if (target == targets_.end()) return all;
  for (const auto& [from, glimpse] : target->second.glimpses) all.push_back(glimpse);
  return all;
}

WallTime Probing::Awaited(const HostId& host) const {
  WallTime until;
  for (const auto& [request, asked] : asked_) {
    if (asked.about == host && asked.is_first) until = std::max(until, asked.until);
  }
  return until;
}

void Probing::ClockStepped(Span step) {
  for (auto& [host, target] : targets_) {
    target.next = target.next + step;
    for (auto& [from, glimpse] : target.glimpses) glimpse.at = glimpse.at + step;
  }
  for (auto& [request, asked] : asked_) {
    asked.at = asked.at + step;
    asked.until = asked.until + step;
  }
}

}  // namespace faultline::pipeline
