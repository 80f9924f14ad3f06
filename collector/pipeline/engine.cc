#include "collector/pipeline/engine.h"

#include <algorithm>
#include <utility>

#include "common/clock.h"

namespace faultline::pipeline {
namespace {

// Silence counts after 2.2 heartbeats (design, manners of probing), and some for the network.
Span SilenceAfter(Span heartbeat) { return {heartbeat.ns * 22 / 10 + Span::Millis(200).ns}; }

constexpr Span kComeBackAfterStart = Span::Seconds(10);
// How stale "last heard" in the public picture may be: writing it at every heartbeat would copy
// every host every second.
constexpr Span kHeardGranularity = Span::Seconds(10);
// Wall time that went this much faster or slower than the monotonic clock was set by somebody.
constexpr Span kClockStep = Span::Seconds(1);
// A host has one spool; a few more after reinstallations.
constexpr size_t kMaxSpoolsPerHost = 4;

}  // namespace

CheckId AgentCheckId(const HostId& host) { return {.kind = "agent", .target = host.host}; }

Engine::Engine(EngineOptions options, store::Loaded loaded, incidents::Moment moment)
    : options_(std::move(options)),
      book_(options_.message, loaded.last_incident_id, std::move(loaded.incidents)),
      desk_(options_.patience, book_, std::move(loaded.alerts), moment.now),
      next_tick_(moment.now),
      last_(moment) {
  for (const store::Position& position : loaded.positions) {
    durable_[{position.host, position.spool_id}][position.stream] = position.seq;
  }
  for (model::HostPicture& picture : loaded.hosts) {
    const HostId id = picture.identity.id;
    picture.link = model::LinkState::kSilent;
    picture.link_since = moment.now;
    picture.last_heard = moment.now;
    HostRecord& record = records_.try_emplace(id, options_.patience).first->second;
    record.id = id;
    hosts_[id] = std::make_shared<const model::HostPicture>(std::move(picture));
  }
}

HostRecord* Engine::FindStream(uint64_t stream) {
  const auto it = streams_.find(stream);
  return it == streams_.end() ? nullptr : &records_.at(it->second);
}

model::HostPicture& Engine::Edit(HostRecord& host) {
  if (host.editable == nullptr) {
    const auto published = hosts_.find(host.id);
    host.editable = published == hosts_.end()
                        ? std::make_shared<model::HostPicture>()
                        : std::make_shared<model::HostPicture>(*published->second);
    hosts_[host.id] = host.editable;
  }
  return *host.editable;
}

void Engine::Touch(HostRecord& host, const CheckId& check) {
  changed_ = true;
  output_.changes.checks.emplace_back(host.id, check);
}

void Engine::LookAt(HostRecord& host, const CheckId& check, incidents::Moment moment) {
  const model::HostPicture& picture = *hosts_.at(host.id);
  desk_.Look(picture, picture.checks.at(check), hosts_, moment, &effects_);
}

void Engine::SetLink(HostRecord& host, model::LinkState link, const std::string& reason,
                     const std::string& detail, incidents::Moment moment) {
  model::HostPicture& picture = Edit(host);
  if (picture.link != link) picture.link_since = moment.now;
  picture.link = link;
  const CheckId id = AgentCheckId(host.id);
  model::CheckPicture& check = picture.checks[id];
  check.id = id;
  check.subject = rules::SubjectFor(check, host.id.host);
  const State state = link == model::LinkState::kConnected ? State::kOk : State::kWarning;
  if (check.state != state || check.reason != reason) check.since = moment.now;
  check.state = state;
  check.reason = reason;
  check.detail = detail;
  check.observed = moment.now;
  output_.changes.hosts.push_back(host.id);
  Touch(host, id);
  LookAt(host, id, moment);
}

void Engine::GuardClock(incidents::Moment moment) {
  const Span step{(moment.now.ns - last_.now.ns) - (moment.mono.ns - last_.mono.ns)};
  last_ = moment;
  if (step < kClockStep && Span{-step.ns} < kClockStep) return;
  desk_.ClockStepped(step, &effects_);
  next_tick_ = next_tick_ + step;
  for (auto& [id, host] : records_) host.last_heard = host.last_heard + step;
}

void Engine::NotReading(incidents::Moment moment) {
  for (auto& [id, host] : records_) host.last_heard = std::max(host.last_heard, moment.now);
}

void Engine::ForgetOldSpools(const HostRecord& host) {
  const auto begin = durable_.lower_bound({host.id, ""});
  auto end = begin;
  size_t count = 0;
  for (; end != durable_.end() && end->first.first == host.id; ++end) ++count;
  for (auto it = begin; it != end && count > kMaxSpoolsPerHost;) {
    const bool current = it->first.second == host.spool_id;
    it = current ? std::next(it) : durable_.erase(it);
    if (!current) --count;
  }
}

void Engine::Opened(uint64_t stream, const HostIdentity& identity, const HelloMessage& hello,
                    incidents::Moment moment) {
  GuardClock(moment);
  HostRecord& host = records_.try_emplace(identity.id, options_.patience).first->second;
  host.id = identity.id;
  if (host.stream != 0) {
    output_.closes.push_back({host.stream, "a newer stream of the same host has taken its place"});
    streams_.erase(host.stream);
  }
  host.stream = stream;
  host.numbers.clear();
  host.clock = {};
  host.history_until.clear();
  host.snapshot_taken = false;
  host.host_stopping = false;
  host.history.Begin(book_.LateFiring(host.id));
  streams_[stream] = identity.id;
  ++counters_.streams_accepted;
  model::HostPicture& picture = Edit(host);
  picture.identity = identity;
  picture.last_heard = moment.now;
  Handle(host, hello, moment);
  SetLink(host, model::LinkState::kConnected, "", "the agent is connected", moment);
  output_.welcomes.push_back({stream, durable_[{host.id, host.spool_id}]});
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
  host.spool_id = input.spool_id;
  host.received = durable_[{host.id, input.spool_id}];
  ForgetOldSpools(host);
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
  if (hosts_.at(host->id)->link == model::LinkState::kGoodbye) return;
  SetLink(*host, model::LinkState::kSilent, "AGENT_SILENT",
          "the agent's stream ended without a goodbye", moment);
}

void Engine::Handle(HostRecord& host, const GoodbyeMessage& input, incidents::Moment moment) {
  host.host_stopping = input.host_stopping;
  SetLink(host, model::LinkState::kGoodbye, input.host_stopping ? "HOST_STOPPING" : "AGENT_STOPPED",
          input.host_stopping ? "the host is shutting down" : "the agent was stopped on purpose",
          moment);
}

void Engine::Handle(HostRecord& host, const HeartbeatMessage& input, incidents::Moment moment) {
  host.clock.Add(input.sent, input.received, input.round_trip);
  const model::HostPicture& before = *hosts_.at(host.id);
  if (before.link == model::LinkState::kSilent) {
    SetLink(host, model::LinkState::kConnected, "", "the agent is connected", moment);
  }
  host.last_heard = moment.now;
  if (hosts_.at(host.id)->last_heard + kHeardGranularity > moment.now) return;
  model::HostPicture& picture = Edit(host);
  picture.last_heard = moment.now;
  picture.clock_offset = host.clock.offset();
  picture.clock_uncertainty = host.clock.uncertainty();
  changed_ = true;
}

void Engine::Tick(incidents::Moment moment) {
  GuardClock(moment);
  desk_.Tick(hosts_, moment, &effects_);
  if (moment.now < next_tick_) return;
  // While this loop itself was late, nothing is concluded from silence: messages may be waiting.
  const bool was_late = moment.now > next_tick_ + options_.heartbeat;
  next_tick_ = moment.now + Span{options_.heartbeat.ns / 2};
  for (auto& [id, host] : records_) {
    const model::HostPicture& picture = *hosts_.at(id);
    if (host.stream == 0) {
      const bool never_came = !picture.checks.contains(AgentCheckId(id)) &&
                              picture.link_since + kComeBackAfterStart <= moment.now;
      if (never_came) {
        SetLink(host, model::LinkState::kSilent, "AGENT_SILENT",
                "the agent has not come back since the collector started", moment);
      }
      continue;
    }
    if (was_late) host.last_heard = std::max(host.last_heard, moment.now);
    if (picture.link == model::LinkState::kConnected &&
        std::max(host.last_heard, picture.last_heard) + SilenceAfter(options_.heartbeat) <
            moment.now) {
      SetLink(host, model::LinkState::kSilent, "AGENT_SILENT",
              "no heartbeat for more than " + FormatSpan(SilenceAfter(options_.heartbeat)), moment);
    }
  }
}

WallTime Engine::NextDeadline() const {
  const std::optional<WallTime> deadline = desk_.NextDeadline();
  return deadline.has_value() ? std::min(*deadline, next_tick_) : next_tick_;
}

void Engine::MarkDurable(const EngineOutput::Ack& ack) {
  StreamPositions& positions = durable_[{ack.host, ack.spool_id}];
  for (const auto& [stream, seq] : ack.positions) {
    positions[stream] = std::max(positions[stream], seq);
  }
}

}  // namespace faultline::pipeline
