// The engine's part about hosts that are not heard: whether they are there, or the collector itself
// is cut off. The decisions are rules/host_gone.h.
#include <algorithm>
#include <utility>

#include "collector/incidents/host_reach.h"
#include "collector/pipeline/engine.h"
#include "collector/pipeline/silence_reasons.h"
#include "collector/rules/host_gone.h"
#include "collector/rules/sight.h"

namespace faultline::pipeline {
namespace {

// So often a silent host is judged at first, and later.
constexpr Span kSilencePulse = Span::Millis(250);
constexpr Span kAtFirst = Span::Seconds(10);
constexpr Span kSilencePulseLater = Span::Seconds(1);

bool SameSight(const std::vector<model::Glimpse>& one, const std::vector<model::Glimpse>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const model::Glimpse& a, const model::Glimpse& b) {
                      return a.from == b.from && a.answered == b.answered && a.by == b.by &&
                             a.at == b.at;
                    });
}

}  // namespace

void Engine::IsSilent(HostRecord& host, const OngoingSilence& silence, const std::string& detail,
                      incidents::Moment moment) {
  host.unheard = silence;
  probing_.IsSilent(host.id, moment.now);
  next_look_ = moment.now;
  SetLink(host, model::LinkState::kSilent, silence.reason, detail, silence.since, moment);
}

void Engine::IsHeard(HostRecord& host, incidents::Moment moment) {
  const bool was_cut_off = host.unheard.has_value() && host.unheard->reason == kCutOff;
  if (was_cut_off) GiveOthersTime(moment.now);
  const bool was_away = host.unheard.has_value();
  host.unheard.reset();
  Edit(host).glimpses.clear();
  probing_.IsHeard(host.id, moment.now);
  SetLink(host, model::LinkState::kConnected, "", "the agent is connected", moment.now, moment);
  if (was_away) desk_.HostIsHeard(host.id, moment.now);
}

// The collector is no longer cut off: the others come back within the longest backoff.
void Engine::GiveOthersTime(WallTime now) {
  for (auto& [id, host] : records_) {
    const bool is_cut_off = host.unheard.has_value() && host.unheard->reason == kCutOff;
    if (is_cut_off) host.unheard->not_before = now + AlertDesk::kComeBack;
  }
}

void Engine::Handle(HostRecord& host, const ProbeResultMessage& input, incidents::Moment moment) {
  const std::optional<HostId> about = probing_.Take(host.id, input);
  if (!about.has_value()) return;
  const auto found = records_.find(*about);
  if (found == records_.end() || !found->second.unheard.has_value()) return;
  HostRecord& target = found->second;
  target.unheard->next_judgement = moment.now;
  std::vector<model::Glimpse> glimpses = probing_.Glimpses(*about);
  if (SameSight(glimpses, hosts_.at(*about)->glimpses)) return;
  Edit(target).glimpses = std::move(glimpses);
  changed_ = true;
  next_look_ = moment.now;
}

// Asks, and judges what is known.
void Engine::LookForSilent(incidents::Moment moment) {
  std::vector<ProbeVantage> vantages;
  for (const auto& [id, host] : records_) {
    const bool can_look =
        host.stream != 0 && host.can_probe && hosts_.at(id)->link == model::LinkState::kConnected;
    if (can_look) vantages.push_back({id, host.stream, host.is_own});
  }
  for (ProbeRequest& request : probing_.Due(vantages, hosts_, moment)) {
    output_.probes.push_back(std::move(request));
  }
  bool is_open = false;
  for (auto& [id, host] : records_) {
    if (!host.unheard.has_value()) continue;
    const bool is_young = host.unheard->since + kAtFirst > moment.now;
    is_open = is_open || is_young;
    if (!is_young && moment.now < host.unheard->next_judgement) continue;
    JudgeSilent(host, moment);
    host.unheard->next_judgement = moment.now + kSilencePulseLater;
  }
  next_look_ = is_open ? std::make_optional(moment.now + kSilencePulse) : std::nullopt;
}

void Engine::JudgeSilent(HostRecord& host, incidents::Moment moment) {
  const OngoingSilence& silence = *host.unheard;
  const std::vector<model::Glimpse> glimpses = rules::GlimpsesOf(host.id, silence.since, hosts_);
  const rules::Presence presence = rules::JudgeSilence({.since = silence.since,
                                                        .not_before = silence.not_before,
                                                        .awaited = probing_.Awaited(host.id),
                                                        .glimpses = glimpses},
                                                       options_.patience.silent_host, moment.now);
  if (presence == rules::Presence::kAnswers) {
    if (IsComingBack(host, moment.now)) return;
    return ConcludeSilence(host, kAgentSilent, "the host answers, its agent is not heard", moment);
  }
  host.unheard->answers_since.reset();
  if (silence.reason != kAgentSilent && presence == rules::Presence::kUndecided) return;
  // The others may have fallen silent with it.
  if (silence.reason != kHostGone && IsCutOff(host, moment.now)) {
    const WallTime due =
        std::max(silence.since + rules::CutOffTogether(options_.heartbeat), silence.not_before);
    if (moment.now >= due) SayCutOff(silence.since, moment);
    return;
  }
  if (presence == rules::Presence::kUndecided || silence.reason == kHostGone) return;
  ConcludeSilence(host, kHostGone, incidents::UnansweredInWords(glimpses), moment);
}

// A gone host that answers again, or one that the collector was cut off from: it boots, or its
// agent tries again within the longest backoff. That it is well again is told then; till then
// nobody has to look after its agent.
bool Engine::IsComingBack(HostRecord& host, WallTime now) {
  if (host.unheard->reason == kAgentSilent) return false;
  if (!host.unheard->answers_since.has_value()) host.unheard->answers_since = now;
  return now < *host.unheard->answers_since + AlertDesk::kComeBack;
}

bool Engine::IsCutOff(const HostRecord& host, WallTime now) const {
  std::vector<rules::Unheard> all;
  for (const auto& [id, other] : records_) {
    if (other.is_own) continue;
    const model::HostPicture& picture = *hosts_.at(id);
    if (other.unheard.has_value()) {
      all.emplace_back(other.unheard->since);
    } else if (picture.link == model::LinkState::kConnected) {
      // One that missed a heartbeat may be the next.
      const bool is_quiet = other.last_heard + Span{options_.heartbeat.ns * 3 / 2} < now;
      all.push_back(is_quiet ? rules::Unheard(other.last_heard) : std::nullopt);
    }
  }
  return !host.is_own &&
         rules::IsCutOff(host.unheard->since, all, rules::CutOffTogether(options_.heartbeat));
}

// All of them in one turn, so that it is one message.
void Engine::SayCutOff(WallTime since, incidents::Moment moment) {
  for (auto& [id, host] : records_) {
    if (host.is_own || !host.unheard.has_value() || host.unheard->reason != kAgentSilent) continue;
    const WallTime other = host.unheard->since;
    const Span apart = other < since ? since - other : other - since;
    if (apart < rules::CutOffTogether(options_.heartbeat)) {
      ConcludeSilence(host, kCutOff, "the collector hears nothing of it, nor of most others",
                      moment);
    }
  }
}

void Engine::ConcludeSilence(HostRecord& host, const std::string& reason, const std::string& detail,
                             incidents::Moment moment) {
  if (host.unheard->reason == reason) return;
  host.unheard->reason = reason;
  SetLink(host, model::LinkState::kSilent, reason, detail, host.unheard->since, moment);
}

}  // namespace faultline::pipeline
