#include "collector/incidents/host_loss.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/rules/rule.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxCutOffNamed = 5;
// What an agent's goodbye begins with.
constexpr char kTheHost[] = "the host";

// Runs there, as the host itself says; what it sees elsewhere does not.
bool IsOfService(const model::CheckPicture& check) {
  return (check.id.kind == "unit" || check.id.kind == "listener") && !check.subject.empty() &&
         !rules::IsOwnSubject(check.subject);
}

template <typename Visit>
void VisitStack(const StackId& stack, const model::Hosts& hosts, const Visit& visit) {
  for (auto it = hosts.lower_bound(HostId{stack, ""});
       it != hosts.end() && it->first.stack == stack; ++it) {
    visit(*it->second);
  }
}

}  // namespace

bool IsHostGone(const rules::Alert& alert) {
  return alert.check.kind == "agent" &&
         (alert.reason == "HOST_GONE" || alert.reason == "HOST_STOPPING");
}

bool IsCollectorCutOff(const rules::Alert& alert) {
  return alert.check.kind == "agent" && alert.reason == "COLLECTOR_CUT_OFF";
}

bool WasHostGone(const Incident& incident, const rules::Alert& alert) {
  return IsHostGone(alert) || incident.was.contains(absl::StrCat(alert.id, "/HOST_GONE"));
}

std::string StoppedInWords(const rules::Alert& alert) {
  // "the host was powered off".
  const bool is_known = absl::StartsWith(alert.detail, kTheHost);
  const std::string how =
      is_known ? alert.detail.substr(sizeof(kTheHost) - 1) : " was shut down or rebooted";
  return absl::StrCat(alert.host.host, how);
}

std::vector<std::string> ServicesGoneWith(const HostId& host, const model::Hosts& hosts) {
  std::set<std::string> gone;
  const auto found = hosts.find(host);
  if (found == hosts.end()) return {};
  for (const auto& [id, check] : found->second->checks) {
    if (IsOfService(check)) gone.insert(check.subject);
  }
  VisitStack(host.stack, hosts, [&](const model::HostPicture& other) {
    if (other.identity.id == host || other.link != model::LinkState::kConnected) return;
    for (const auto& [id, check] : other.checks) {
      if (IsOfService(check) && check.state == State::kOk) gone.erase(check.subject);
    }
  });
  return {gone.begin(), gone.end()};
}

std::string CutOffInWords(const StackId& stack, const model::Hosts& hosts) {
  std::vector<std::string> names;
  size_t count = 0;
  VisitStack(stack, hosts, [&](const model::HostPicture& host) {
    const HostId& id = host.identity.id;
    const auto agent = host.checks.find({.kind = "agent", .target = id.host, .name = ""});
    if (agent == host.checks.end() || agent->second.reason != "COLLECTOR_CUT_OFF") return;
    ++count;
    if (names.size() < kMaxCutOffNamed) names.push_back(id.host);
  });
  if (count > names.size()) names.push_back("...");
  return absl::StrCat(count, count == 1 ? " host (" : " hosts (", absl::StrJoin(names, ", "), ")");
}

}  // namespace faultline::incidents
