// The engine's part about hosts that are taken out of the picture: by an operator, after a long
// silence, or since they go by another name now.
#include <algorithm>
#include <utility>
#include <vector>

#include "collector/pipeline/engine.h"

namespace faultline::pipeline {
namespace {

// So long after its own start the collector forgets nobody by itself: a clock that was ahead at the
// start is right again by then, and agents that are well have come back.
constexpr Span kForgetsNobody = Span::Seconds(3600);
// When a connected host was last heard is written down this often, so that a collector that was
// killed does not believe it silent since its connection.
constexpr Span kWriteHeard = Span::Seconds(3600);

// The same machine under two names: it has kept its spool, and nothing says that it is a copy. A
// copied disk has another boot and another address, in a cloud another instance.
bool IsSameMachine(const model::HostPicture& one, const model::HostPicture& other) {
  if (one.spool_id.empty() || one.spool_id != other.spool_id) return false;
  if (!one.instance_id.empty() && !other.instance_id.empty()) {
    return one.instance_id == other.instance_id;
  }
  if (!one.boot_id.empty() && one.boot_id == other.boot_id) return true;
  return std::any_of(one.addresses.begin(), one.addresses.end(), [&](const std::string& address) {
    return std::find(other.addresses.begin(), other.addresses.end(), address) !=
           other.addresses.end();
  });
}

}  // namespace

ForgetOutcome Engine::Forget(const HostId& host, rules::Decision why, incidents::Moment moment) {
  GuardClock(moment);
  const auto found = records_.find(host);
  if (found == records_.end()) return ForgetOutcome::kUnknown;
  const bool is_heard = hosts_.at(host)->link == model::LinkState::kConnected;
  if (found->second.stream != 0 && is_heard) return ForgetOutcome::kConnected;
  TakeOut(found->second, why, moment);
  return ForgetOutcome::kForgotten;
}

void Engine::TakeOut(HostRecord& host, rules::Decision why, incidents::Moment moment) {
  const HostId id = host.id;
  if (host.stream != 0) {
    output_.closes.push_back({host.stream, std::string(rules::DecisionText(why))});
    streams_.erase(host.stream);
  }
  desk_.Forget(id, why, hosts_, moment, &effects_);
  for (rules::Alert& alert : book_.LateFiring(id)) {
    alert.state = rules::AlertState::kWithdrawn;
    alert.decision = why;
    alert.resolved_at = moment.now;
    book_.EnterLate(alert, hosts_, moment, &effects_.book);
  }
  for (const auto& [check, picture] : hosts_.at(id)->checks) {
    output_.changes.removed_checks.emplace_back(id, check);
  }
  output_.changes.hosts.push_back(id);
  // Its positions go with it, also those that are on their way.
  std::erase_if(output_.acks, [&](const EngineOutput::Ack& ack) { return ack.host == id; });
  output_.commit.forgotten.push_back(id);
  output_.forgotten.push_back({id, why});
  probing_.Forget(id);
  hosts_.erase(id);
  records_.erase(id);
  changed_ = true;
}

void Engine::ForgetOldName(const HostId& host, incidents::Moment moment) {
  const model::HostPicture& now = *hosts_.at(host);
  for (auto it = records_.lower_bound(HostId{host.stack, ""});
       it != records_.end() && it->first.stack == host.stack; ++it) {
    HostRecord& other = it->second;
    if (other.id == host || other.stream != 0 || !IsSameMachine(now, *hosts_.at(other.id))) {
      continue;
    }
    return TakeOut(other, rules::Decision::kHostRenamed, moment);
  }
}

void Engine::ForgetSilent(incidents::Moment moment) {
  std::vector<HostId> gone;
  const bool may_forget = options_.forget_after.ns > 0 &&
                          moment.mono - began_ >= std::min(kForgetsNobody, options_.forget_after);
  for (auto& [id, host] : records_) {
    if (host.stream != 0) {
      host.silence = {};
      if (moment.mono - host.heard_written < kWriteHeard) continue;
      host.heard_written = moment.mono;
      output_.commit.hosts.push_back(hosts_.at(id));
      continue;
    }
    if (!host.silence.since.has_value()) host.silence.since = moment.mono;
    if (may_forget && host.silence.For(moment) >= options_.forget_after) gone.push_back(id);
  }
  for (const HostId& id : gone) {
    TakeOut(records_.at(id), rules::Decision::kHostSilentTooLong, moment);
  }
}

}  // namespace faultline::pipeline
