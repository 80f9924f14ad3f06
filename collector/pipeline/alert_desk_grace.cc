// The desk's part about patience: whose restart, upgrade or reboot holds which symptom.
#include <algorithm>
#include <utility>
#include <vector>

#include "collector/model/join.h"
#include "collector/pipeline/alert_desk.h"
#include "collector/rules/just_started.h"

namespace faultline::pipeline {
namespace {

using rules::Alert;
using rules::AlertState;
using rules::Decision;

// While a host goes down or up, everything that points to it is in grace, whatever its subject.
constexpr char kHostStopping[] = "HOST_STOPPING";
bool OfWholeHost(const Alert& alert) { return alert.reason == kHostStopping; }

// Whether something of this subject runs there, so that it goes down with the host.
bool Runs(const model::Hosts& hosts, const HostId& id, const std::string& subject) {
  const auto host = hosts.find(id);
  return host != hosts.end() && rules::Runs(*host->second, subject);
}

// Of the hosts that all claim the address, the one that alone speaks of the subject as its own, not
// only as it is seen from there. nullptr where several do.
const model::HostPicture* OnlySpeaker(const std::vector<const model::HostPicture*>& claimants,
                                      const std::string& subject, const model::Hosts& hosts) {
  const model::HostPicture* found = nullptr;
  for (const model::HostPicture* host : claimants) {
    const bool speaks =
        std::any_of(host->checks.begin(), host->checks.end(), [&](const auto& entry) {
          return entry.second.subject == subject && OtherEnd(*host, entry.second, hosts) == host;
        });
    if (!speaks) continue;
    if (found != nullptr) return nullptr;
    found = host;
  }
  return found;
}

}  // namespace

bool InGrace(const Alert& alert) {
  return alert.state == AlertState::kPending && alert.decision == Decision::kWaitingForGrace;
}

void AlertDesk::VisitActive(const std::string& prefix, const Visit& visit) const {
  for (auto it = active_.lower_bound(prefix);
       it != active_.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
    visit(*it->second);
  }
}

// A little longer than the grace of its host, which says what became of both.
WallTime AlertDesk::HostStopsUntil(const HostId& host, const model::CheckPicture& check) const {
  if (check.id.kind == "agent" || check.reason != kHostStopping) return {};
  const Alert* const agent = Find(host, {.kind = "agent", .target = host.host, .name = ""});
  const bool stops = agent != nullptr && InGrace(*agent) && OfWholeHost(*agent);
  return stops ? agent->deadline + patience_.settle : WallTime{};
}

// A symptom is held by a grace at the end that it points to: another host's restart explains
// nothing. Where that end is not known (an address outside the stack, a load balancer, what is
// behind a page), any grace of the subject holds it, and that of a host on which the subject runs:
// its agent may be gone before it could see the service stop. An end that several hosts claim is
// explained by none of them but the only one that speaks of the subject itself: an address is
// claimed by whoever says so. However often something restarts, a
// symptom is held no longer than one such grace may take, counted from its own beginning. What a
// host sees that has just come back is held as well, and what is seen of it.
rules::Surroundings AlertDesk::Around(const Alert* current, const rules::Rule& rule,
                                      const model::HostPicture& host,
                                      const model::CheckPicture& check, const model::Hosts& hosts,
                                      WallTime now) const {
  rules::Surroundings around;
  if (!rule.symptom) {
    around.host_stops_until = HostStopsUntil(host.identity.id, check);
    return around;
  }
  const model::HostPicture* end = OtherEnd(host, check, hosts);
  if (end == nullptr) {
    const auto claimants = model::Claimants(hosts, host.identity.id.stack, check.remote_address);
    if (claimants.size() > 1) {
      end = OnlySpeaker(claimants, check.subject, hosts);
      if (end == nullptr) return around;
    }
  }
  around.other_end_connected = end != nullptr && end->link == model::LinkState::kConnected;
  const StackId& stack = host.identity.id.stack;
  const WallTime began = current != nullptr ? current->received : now;

  VisitActive(end != nullptr ? AlertIdPrefix(end->identity.id) : AlertIdPrefix(stack),
              [&](const Alert& holder) {
                if (!InGrace(holder)) return;
                const bool concerns = holder.subject == check.subject ||
                                      (OfWholeHost(holder) &&
                                       (end != nullptr || Runs(hosts, holder.host, check.subject)));
                if (!concerns) return;
                const Span grace = holder.deadline - holder.received;
                // A little longer than the grace itself: whose grace ends badly speaks first.
                const WallTime until = std::min(holder.deadline, began + grace) + patience_.settle;
                around.grace_until = std::max(around.grace_until, until);
              });
  for (const auto& [key, settling] : settling_) {
    const bool concerns =
        end != nullptr
            ? key.first == end->identity.id && (key.second == check.subject || key.second.empty())
            : key.first.stack == stack &&
                  (key.second == check.subject ||
                   (key.second.empty() && Runs(hosts, key.first, check.subject)));
    if (!concerns) continue;
    const WallTime until = std::min(settling.until, began + settling.grace + patience_.settle);
    around.settling_until = std::max(around.settling_until, until);
  }
  for (const HostId& id : {host.identity.id, end != nullptr ? end->identity.id : HostId{}}) {
    const auto back = back_until_.find(id);
    if (back == back_until_.end()) continue;
    around.settling_until = std::max(around.settling_until, back->second);
  }
  // systemd calls a service started when its program runs, which may not answer for a while yet.
  const auto start = rules::JustStarted(host, check, hosts, patience_);
  if (start.has_value()) {
    around.start_until = std::min(start->at, began) + start->grace;
  }
  return around;
}

// What a host saw while it was cut off, and what was seen of it, may be over as it says so.
void AlertDesk::HostIsHeard(const HostId& host, WallTime now) {
  back_until_[host] = now + patience_.comeback;
}

// After a grace ended, or a unit that had been down is well: symptoms are looked at again, and what
// waits is judged.
void AlertDesk::AfterGrace(const Alert& ended, bool well, const model::Hosts& hosts,
                           incidents::Moment moment, Effects* effects) {
  if (well) {
    const bool host_is_back = ended.check.kind == "agent" && OfWholeHost(ended);
    const Span grace = InGrace(ended) ? ended.deadline - ended.received : patience_.restart;
    settling_[{ended.host, host_is_back ? "" : ended.subject}] = {moment.now + patience_.settle,
                                                                  grace};
  }
  std::vector<std::string> waiting;  // judging changes what is visited
  VisitActive(AlertIdPrefix(ended.host.stack), [&](const Alert& alert) {
    if (!rules::RuleFor(alert.check.kind).symptom) return;
    if (alert.subject != ended.subject && alert.decision != Decision::kSubjectInGrace) return;
    effects->looks.push_back({alert.host, alert.subject});
    if (alert.state == AlertState::kPending) waiting.push_back(alert.id);
  });
  for (const std::string& id : waiting) JudgeAgain(id, hosts, moment, effects);
}

// What did not answer yet does again (its port is open): whoever waits with it looks again.
void AlertDesk::AfterAnswer(const Alert& ended, Effects* effects) const {
  if (ended.decision != Decision::kSubjectInGrace) return;
  VisitActive(AlertIdPrefix(ended.host.stack), [&](const Alert& alert) {
    const bool waits = alert.state == AlertState::kPending && alert.subject == ended.subject &&
                       alert.decision == Decision::kSubjectInGrace;
    if (waits) effects->looks.push_back({alert.host, alert.subject});
  });
}

void AlertDesk::ClockStepped(Span step, Effects* effects) {
  back_by_ = back_by_ + step;
  for (auto& [key, settling] : settling_) settling.until = settling.until + step;
  for (auto& [host, until] : back_until_) until = until + step;
  current_.reset();
  for (auto& [id, alert] : active_) {
    if (alert->state != AlertState::kPending) continue;
    Alert moved = *alert;
    moved.received = moved.received + step;
    if (moved.deadline.ns != 0) moved.deadline = moved.deadline + step;
    alert = std::make_shared<const Alert>(std::move(moved));
    Arm(*alert);
    effects->alerts.push_back(alert);
  }
}

}  // namespace faultline::pipeline
