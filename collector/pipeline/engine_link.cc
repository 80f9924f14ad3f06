// The engine's part about the link: who is connected, who is not heard any more.
#include <algorithm>
#include <utility>

#include "collector/pipeline/engine.h"
#include "collector/pipeline/silence_reasons.h"

namespace faultline::pipeline {
namespace {

// How stale "last heard" in the public picture may be: writing it at every heartbeat would copy
// every host every second.
constexpr Span kHeardGranularity = Span::Seconds(10);
// An agent that is restarted, or whose network stalls, takes the place of its own old stream now
// and then; two agents would do so for ever.
constexpr int kMaxReplacements = 5;
constexpr Span kReplacementWindow = Span::Seconds(60);
constexpr char kTwoAgents[] =
    "another agent of this host is connected: two must not use one certificate";

const char* WhyGone(HostStop stop) {
  switch (stop) {
    case HostStop::kNo:
      return "the agent was stopped on purpose";
    case HostStop::kShutdown:
      return "the host was shut down";
    case HostStop::kReboot:
      return "the host was rebooted";
    case HostStop::kPowerOff:
      return "the host was powered off";
  }
  return "";
}

}  // namespace

void Engine::SetLink(HostRecord& host, model::LinkState link, const std::string& reason,
                     const std::string& detail, WallTime since, incidents::Moment moment) {
  model::HostPicture& picture = Edit(host);
  const bool is_away = link != model::LinkState::kConnected;
  if (picture.link != link) picture.link_since = moment.now;
  if (is_away != (picture.link != model::LinkState::kConnected)) relinked_.insert(host.id);
  picture.link = link;
  const CheckId id = AgentCheckId(host.id);
  model::CheckPicture& check = picture.checks[id];
  check.id = id;
  check.subject = reason == kCutOff ? kCutOffSubject : rules::SubjectFor(check, host.id.host);
  const bool is_outage = reason == kHostGone || reason == kCutOff;
  const State state = link == model::LinkState::kConnected ? State::kOk
                      : is_outage                          ? State::kCritical
                                                           : State::kWarning;
  if (check.state != state || check.reason != reason) check.since = since;
  check.state = state;
  check.reason = reason;
  check.detail = detail;
  check.observed = moment.now;
  output_.changes.hosts.push_back(host.id);
  Touch(host, id);
  LookAt(host, id, moment);
}

bool Engine::MayReplace(HostRecord& host, incidents::Moment moment) const {
  if (moment.mono - host.replacing_since > kReplacementWindow) {
    host.replacing_since = moment.mono;
    host.replacements = 0;
  }
  const bool is_heard = host.last_heard + options_.heartbeat + options_.heartbeat > moment.now;
  return ++host.replacements <= kMaxReplacements || !is_heard;
}

void Engine::Opened(uint64_t stream, const HostIdentity& identity, const HelloMessage& hello,
                    incidents::Moment moment) {
  GuardClock(moment);
  const auto [record, is_new] = records_.try_emplace(identity.id, options_.patience);
  HostRecord& host = record->second;
  host.id = identity.id;
  if (host.stream != 0 && !MayReplace(host, moment)) {
    output_.closes.push_back({stream, kTwoAgents});
    return;
  }
  if (host.stream != 0) {
    output_.closes.push_back({host.stream, "a newer stream of the same host has taken its place"});
    streams_.erase(host.stream);
  }
  host.stream = stream;
  host.numbers.clear();
  host.clock = {};
  host.history_until.clear();
  host.snapshot_taken = false;
  host.history.Begin(book_.LateFiring(host.id));
  streams_[stream] = identity.id;
  ++counters_.streams_accepted;
  model::HostPicture& picture = Edit(host);
  picture.identity = identity;
  picture.powered_off = false;
  host.last_heard = picture.last_heard = moment.now;
  Handle(host, hello, moment);
  IsHeard(host, moment);
  output_.welcomes.push_back({stream, host.durable.Use(host.spool_id)});
  host.silence = {};
  if (!is_new) return;
  host.heard_written = moment.mono;
  ForgetOldName(host.id, moment);
}

void Engine::Handle(HostRecord& host, const HelloMessage& input, incidents::Moment) {
  model::HostPicture& picture = Edit(host);
  picture.addresses = input.addresses;
  picture.agent_version = input.agent_version;
  picture.instance_id = input.instance_id;
  picture.region = input.region;
  picture.boot_id = input.boot_id;
  picture.spool_id = input.spool_id;
  picture.start_number = input.start_number;
  host.can_probe = input.can_probe;
  host.is_own = input.is_own;
  picture.absent.reset();  // it says so next
  picture.refused.clear();
  // What was taken from this spool before is on its way into the store: it needs no repeating.
  const SpoolPositions::Positions& durable = host.durable.Use(input.spool_id);
  if (host.spool_id != input.spool_id) host.received = durable;
  host.spool_id = input.spool_id;
}

void Engine::Handle(HostRecord& host, const HostFactsMessage& input, incidents::Moment) {
  model::HostPicture& picture = Edit(host);
  picture.addresses = input.addresses;
  picture.instance_id = input.instance_id;
  picture.region = input.region;
  output_.changes.hosts.push_back(host.id);
  changed_ = true;
}

void Engine::Input(uint64_t stream, const AgentInput& input, incidents::Moment moment) {
  GuardClock(moment);
  HostRecord* host = FindStream(stream);
  if (host == nullptr) return;  // replaced meanwhile
  std::visit([&](const auto& message) { Handle(*host, message, moment); }, input);
}

void Engine::Closed(uint64_t stream, incidents::Moment moment) {
  HostRecord* host = FindStream(stream);
  if (host == nullptr) return;
  streams_.erase(stream);
  host->stream = 0;
  // What it said after its goodbye, or unheard, is its last word.
  relinked_.insert(host->id);
  changed_ = true;
  if (hosts_.at(host->id)->link != model::LinkState::kConnected) return;
  IsSilent(*host, {.since = moment.now, .not_before = {}, .reason = kAgentSilent},
           "the agent's stream ended without a goodbye", moment);
}

void Engine::Handle(HostRecord& host, const GoodbyeMessage& input, incidents::Moment moment) {
  const bool host_stops = input.host_stop != HostStop::kNo;
  host.unheard.reset();
  probing_.Forget(host.id);
  SetLink(host, model::LinkState::kGoodbye, host_stops ? "HOST_STOPPING" : "AGENT_STOPPED",
          WhyGone(input.host_stop), moment.now, moment);
  Edit(host).powered_off = input.host_stop == HostStop::kPowerOff;
}

void Engine::Handle(HostRecord& host, const HeartbeatMessage& input, incidents::Moment moment) {
  host.clock.Add(input.sent, input.received, input.round_trip);
  const model::HostPicture& before = *hosts_.at(host.id);
  if (before.link == model::LinkState::kSilent) IsHeard(host, moment);
  host.last_heard = moment.now;
  const Span shown_ago = moment.now - hosts_.at(host.id)->last_heard;
  if (shown_ago.ns >= 0 && shown_ago < kHeardGranularity) return;
  model::HostPicture& picture = Edit(host);
  picture.last_heard = moment.now;
  picture.clock_offset = host.clock.offset();
  picture.clock_uncertainty = host.clock.uncertainty();
  changed_ = true;
}

// Of a host that has not come back since the collector's own start. What it said at its goodbye
// still holds.
void Engine::StillAway(HostRecord& host, incidents::Moment moment) {
  const model::HostPicture& picture = *hosts_.at(host.id);
  const rules::Alert* const known = desk_.Find(host.id, AgentCheckId(host.id));
  if (picture.link == model::LinkState::kGoodbye && known != nullptr) {
    const rules::Alert said = *known;
    return SetLink(host, model::LinkState::kGoodbye, said.reason, said.detail, moment.now, moment);
  }
  // What was told before the collector's own end stands until it is known better.
  const bool was_told =
      known != nullptr && (known->reason == kHostGone || known->reason == kCutOff);
  const std::string reason = was_told ? known->reason : kAgentSilent;
  const std::string detail =
      was_told ? known->detail : "the agent has not come back since the collector started";
  IsSilent(
      host,
      {.since = host.last_heard, .not_before = started_ + AlertDesk::kComeBack, .reason = reason},
      detail, moment);
}

}  // namespace faultline::pipeline
