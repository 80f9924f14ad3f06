#include "collector/rules/sight.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/model/join.h"

namespace faultline::rules {
namespace {

using model::Glimpse;

// A host falls silent to its neighbours and to the collector within this time.
constexpr Span kSilentTogether = Span::Seconds(5);

std::string WayOf(const model::CheckPicture& check) {
  return check.id.kind == "ping" ? "ping" : absl::StrCat(check.remote_port);
}

void AddWay(const model::CheckPicture& check, WallTime at, std::optional<Glimpse>& to) {
  if (!to.has_value()) to.emplace();
  to->at = std::max(to->at, at);
  std::string way = WayOf(check);
  if (std::find(to->by.begin(), to->by.end(), way) == to->by.end())
    to->by.push_back(std::move(way));
}

bool AimsAt(const model::HostPicture& target, const HostId& from, const model::CheckPicture& check,
            const model::Hosts& hosts) {
  const auto& addresses = target.addresses;
  return std::find(addresses.begin(), addresses.end(), check.remote_address) != addresses.end() &&
         model::HostByAddress(hosts, from, check.remote_address) != nullptr;
}

// By the checks of `from` alone.
std::optional<Glimpse> ByChecks(const model::HostPicture& from, const model::HostPicture& target,
                                WallTime since, const model::Hosts& hosts) {
  std::optional<Glimpse> alive;
  std::optional<Glimpse> silent;
  for (const auto& [id, check] : from.checks) {
    if (check.remote_address.empty() || !AimsAt(target, from.identity.id, check, hosts)) continue;
    const std::optional<bool> answers = HostAnswers(check);
    if (!answers.has_value()) continue;
    if (*answers && check.observed >= since) {
      AddWay(check, check.observed, alive);
    } else if (!*answers && check.since + kSilentTogether >= since) {
      AddWay(check, std::max(check.since, since), silent);
    }
  }
  const bool takes_alive = alive.has_value() && (!silent.has_value() || alive->at >= silent->at);
  std::optional<Glimpse>& newest = takes_alive ? alive : silent;
  if (newest.has_value()) newest->answered = takes_alive;
  return newest;
}

// Of two glimpses of one host.
const Glimpse& Better(const Glimpse& one, const Glimpse& other) {
  if (one.answered == other.answered) return one.by.size() >= other.by.size() ? one : other;
  const Glimpse& alive = one.answered ? one : other;
  const Glimpse& silent = one.answered ? other : one;
  return alive.at >= silent.at ? alive : silent;
}

}  // namespace

std::optional<bool> HostAnswers(const model::CheckPicture& check) {
  const std::string& kind = check.id.kind;
  if (check.state == State::kUnknown || check.state == State::kUnspecified) return std::nullopt;
  if (kind != "ping" && kind != "port") return std::nullopt;
  if (check.reason == "HOST_UNREACHABLE") return false;
  if (check.reason == (kind == "ping" ? "PING_TIMEOUT" : "TIMEOUT")) return false;
  const bool is_refusal = kind == "port" && (check.reason == "REFUSED" || check.reason == "RESET");
  if (check.state == State::kOk || check.reason == "PACKET_LOSS" || is_refusal) return true;
  return std::nullopt;
}

std::vector<Glimpse> GlimpsesOf(const HostId& host, WallTime since, const model::Hosts& hosts) {
  std::vector<Glimpse> all;
  const auto target = hosts.find(host);
  if (target == hosts.end()) return all;
  const std::vector<Glimpse>& asked = target->second->glimpses;
  for (auto it = hosts.lower_bound(HostId{host.stack, ""});
       it != hosts.end() && it->first.stack == host.stack; ++it) {
    const model::HostPicture& from = *it->second;
    if (it->first == host || from.link != model::LinkState::kConnected) continue;
    const std::string& name = it->first.host;
    std::optional<Glimpse> seen = ByChecks(from, *target->second, since, hosts);
    if (seen.has_value()) seen->from = name;
    const auto probed = std::find_if(asked.begin(), asked.end(), [&](const Glimpse& one) {
      return one.from == name && one.at >= since;
    });
    if (probed != asked.end()) seen = seen.has_value() ? Better(*probed, *seen) : *probed;
    if (seen.has_value()) all.push_back(*std::move(seen));
  }
  return all;
}

}  // namespace faultline::rules
