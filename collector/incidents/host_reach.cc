#include "collector/incidents/host_reach.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "collector/model/join.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxSeen = 3;
// A host falls silent to its neighbours and to the collector within this time.
constexpr Span kTogether = Span::Seconds(30);

// A packet of the host came back, or none did; nullopt where the check cannot tell.
std::optional<bool> Answers(const model::CheckPicture& check) {
  const std::string& kind = check.id.kind;
  if (check.state == State::kUnknown || check.state == State::kUnspecified) return std::nullopt;
  if (check.reason == "HOST_UNREACHABLE") return false;
  if (kind == "ping") {
    if (check.reason == "PING_TIMEOUT") return false;
    if (check.state == State::kOk || check.reason == "PACKET_LOSS") return true;
  }
  if (kind == "port") {
    if (check.reason == "TIMEOUT") return false;
    if (check.state == State::kOk || check.reason == "PACKET_LOSS" || check.reason == "REFUSED" ||
        check.reason == "RESET") {
      return true;
    }
  }
  return std::nullopt;
}

std::string Clause(const HostId& from, const model::CheckPicture& check, bool answers) {
  const bool is_ping = check.id.kind == "ping";
  return absl::StrCat(
      from.host, answers ? " gets " : " gets no ",
      is_ping ? (answers ? "ping answers" : "ping answer") : (answers ? "an answer" : "answer"),
      " from ", is_ping ? check.remote_address : check.id.target);
}

}  // namespace

HostReach ReachOf(const HostId& id, WallTime since, const model::Hosts& hosts) {
  const auto target = hosts.find(id);
  if (target == hosts.end()) return {};
  const std::vector<std::string>& addresses = target->second->addresses;
  HostReach gone;
  HostReach alive;
  for (auto it = hosts.lower_bound(HostId{id.stack, ""});
       it != hosts.end() && it->first.stack == id.stack; ++it) {
    const model::HostPicture& from = *it->second;
    if (it->first == id || from.link != model::LinkState::kConnected) continue;
    for (const auto& [check_id, check] : from.checks) {
      const bool aims_at_it =
          std::find(addresses.begin(), addresses.end(), check.remote_address) != addresses.end() &&
          model::HostByAddress(hosts, it->first, check.remote_address) != nullptr;
      const std::optional<bool> answers = aims_at_it ? Answers(check) : std::nullopt;
      if (!answers.has_value()) continue;
      // An answer of before proves nothing, and a port that was closed long ago has another cause.
      if (*answers ? check.observed < since : check.since + kTogether < since) continue;
      HostReach& reach = *answers ? alive : gone;
      if (reach.seen.size() < kMaxSeen) reach.seen.push_back(Clause(it->first, check, *answers));
    }
  }
  // One that gets an answer proves more than many that get none.
  if (!alive.seen.empty()) {
    alive.kind = HostReach::Kind::kAnswers;
    return alive;
  }
  if (!gone.seen.empty()) gone.kind = HostReach::Kind::kGone;
  return gone;
}

}  // namespace faultline::incidents
