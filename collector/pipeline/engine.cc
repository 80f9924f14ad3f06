#include "collector/pipeline/engine.h"

#include <algorithm>
#include <set>
#include <utility>

#include "collector/model/own_host.h"
#include "collector/pipeline/silence_reasons.h"
#include "common/clock.h"

namespace faultline::pipeline {
namespace {

// Silence counts after 2.2 heartbeats (design, manners of probing), and some for the network.
Span SilenceAfter(Span heartbeat) { return {heartbeat.ns * 22 / 10 + Span::Millis(200).ns}; }

// An asked host's answer to a symptom is of use for about as long as the symptom is held.
constexpr Span kSymptomLook = Span::Millis(500);
// A person waits for it. The slowest usual check, a page that does not answer, takes twice 5 s.
constexpr Span kStackLook = Span::Seconds(12);
constexpr Span kComeBackAfterStart = Span::Seconds(10);
// Wall time that went this much faster or slower than the monotonic clock was set by somebody.
constexpr Span kClockStep = Span::Seconds(1);

}  // namespace

CheckId AgentCheckId(const HostId& host) { return {.kind = "agent", .target = host.host}; }

Engine::Engine(EngineOptions options, store::Loaded loaded, incidents::Moment moment)
    : options_(std::move(options)),
      book_(options_.message, loaded.last_incident_id, std::move(loaded.incidents), loaded.alerts),
      desk_(options_.patience, book_, std::move(loaded.alerts), moment.now),
      next_tick_(moment.now),
      started_(moment.now),
      last_(moment),
      began_(moment.mono) {
  for (model::HostPicture& picture : loaded.hosts) {
    const HostId id = picture.identity.id;
    if (picture.link != model::LinkState::kGoodbye) {
      picture.link = model::LinkState::kSilent;
      picture.link_since = moment.now;
    }
    HostRecord& record = records_.try_emplace(id, options_.patience).first->second;
    record.id = id;
    record.last_heard = moment.now;
    record.silence = {.since = moment.mono,
                      .heard_before = picture.last_heard,
                      .at_start = moment.now - picture.last_heard};
    record.heard_written = moment.mono;
    record.durable.Use(picture.spool_id);
    hosts_[id] = std::make_shared<const model::HostPicture>(std::move(picture));
  }
  for (const store::Position& position : loaded.positions) {
    const auto record = records_.find(position.host);
    if (record != records_.end()) record->second.durable.Restore(position);
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

void Engine::GuardClock(incidents::Moment moment) {
  const Span step{(moment.now.ns - last_.now.ns) - (moment.mono.ns - last_.mono.ns)};
  last_ = moment;
  if (step < kClockStep && Span{-step.ns} < kClockStep) return;
  desk_.ClockStepped(step, &effects_);
  probing_.ClockStepped(step);
  next_tick_ = next_tick_ + step;
  started_ = started_ + step;
  if (next_look_.has_value()) next_look_ = *next_look_ + step;
  for (auto& [id, host] : records_) {
    host.last_heard = host.last_heard + step;
    if (!host.unheard.has_value()) continue;
    host.unheard->since = host.unheard->since + step;
    host.unheard->not_before = host.unheard->not_before + step;
    if (host.unheard->answers_since.has_value()) {
      host.unheard->answers_since = *host.unheard->answers_since + step;
    }
    host.unheard->next_judgement = host.unheard->next_judgement + step;
  }
}

void Engine::NotReading(incidents::Moment moment) {
  for (auto& [id, host] : records_) {
    host.last_heard = std::max(host.last_heard, moment.now);
    const bool is_open = host.unheard.has_value() && host.unheard->reason == kAgentSilent;
    if (!is_open) continue;
    host.unheard->since = std::max(host.unheard->since, moment.now);
    probing_.Anew(id, moment.now);
  }
}

void Engine::NotReading(uint64_t stream, incidents::Moment moment) {
  HostRecord* host = FindStream(stream);
  if (host != nullptr) host->last_heard = std::max(host->last_heard, moment.now);
}

void Engine::Tick(incidents::Moment moment) {
  GuardClock(moment);
  desk_.Tick(hosts_, moment, &effects_);
  const bool is_pulse = moment.now >= next_tick_;
  if (is_pulse) LookForSilence(moment);
  if (is_pulse || (next_look_.has_value() && *next_look_ <= moment.now)) LookForSilent(moment);
}

void Engine::LookForSilence(incidents::Moment moment) {
  // While this loop itself was late, nothing is concluded from silence: messages may be waiting.
  const bool was_late = moment.now > next_tick_ + options_.heartbeat;
  next_tick_ = moment.now + Span{options_.heartbeat.ns / 2};
  ForgetSilent(moment);
  if (was_late) NotReading(moment);
  for (auto& [id, host] : records_) {
    const model::HostPicture& picture = *hosts_.at(id);
    if (host.stream == 0) {
      const bool never_came = !picture.checks.contains(AgentCheckId(id)) &&
                              host.last_heard + kComeBackAfterStart <= moment.now;
      if (never_came) StillAway(host, moment);
      continue;
    }
    if (picture.link == model::LinkState::kConnected &&
        host.last_heard + SilenceAfter(options_.heartbeat) < moment.now) {
      IsSilent(host, {.since = host.last_heard, .not_before = {}, .reason = kAgentSilent},
               "no heartbeat for more than " + FormatSpan(SilenceAfter(options_.heartbeat)),
               moment);
    }
  }
}

// Agents answer when all of a question's checks have looked: a question for each kind, so that none
// waits for a slow page or a dead disk.
void Engine::AskStack(const StackId& stack) {
  for (const auto& [id, host] : records_) {
    if (id.stack != stack || host.stream == 0) continue;
    std::map<std::string, std::vector<uint32_t>> by_kind;
    for (const auto& [number, check] : host.numbers) by_kind[check.kind].push_back(number);
    for (auto& [kind, numbers] : by_kind) {
      ++counters_.looks_asked;
      output_.looks.push_back({.stream = host.stream,
                               .request = next_request_++,
                               .checks = std::move(numbers),
                               .deadline = kStackLook,
                               .for_person = true});
    }
  }
}

WallTime Engine::NextDeadline() const {
  WallTime next = next_tick_;
  if (next_look_.has_value()) next = std::min(next, *next_look_);
  if (const auto deadline = desk_.NextDeadline()) next = std::min(next, *deadline);
  if (const auto due = book_.NextDue()) next = std::min(next, last_.now + (*due - last_.mono));
  return next;
}

void Engine::MarkDurable(const EngineOutput::Ack& ack) {
  const auto record = records_.find(ack.host);
  if (record != records_.end()) record->second.durable.Raise(ack.spool_id, ack.positions);
}

EngineOutput Engine::Take(incidents::Moment moment) {
  book_.Conclude(hosts_, moment, &effects_.book);
  // What agents are asked: every check of the subject on that host, by this connection's numbers.
  std::set<std::pair<HostId, std::string>> asked;
  for (const LookAsk& ask : effects_.looks) {
    if (!asked.insert({ask.host, ask.subject}).second) continue;
    const auto record = records_.find(ask.host);
    if (record == records_.end() || record->second.stream == 0) continue;
    EngineOutput::Look look{
        .stream = record->second.stream, .request = next_request_++, .deadline = kSymptomLook};
    const model::HostPicture& picture = *hosts_.at(ask.host);
    for (const auto& [number, id] : record->second.numbers) {
      const auto check = picture.checks.find(id);
      if (check != picture.checks.end() && check->second.subject == ask.subject) {
        look.checks.push_back(number);
      }
    }
    if (look.checks.empty()) continue;
    ++counters_.looks_asked;
    output_.looks.push_back(std::move(look));
  }

  for (const HostId& id : output_.changes.hosts) {
    const auto host = hosts_.find(id);
    if (host != hosts_.end() && !model::IsCollectorsOwn(id)) {
      output_.commit.hosts.push_back(host->second);
    }
  }
  for (const HostId& id : relinked_) {
    const auto host = hosts_.find(id);
    if (host != hosts_.end()) output_.commit.relinked.push_back(host->second);
  }
  relinked_.clear();
  for (const EngineOutput::Ack& ack : output_.acks) {
    for (const auto& [stream, seq] : ack.positions) {
      output_.commit.positions.push_back(
          {.host = ack.host, .spool_id = ack.spool_id, .stream = stream, .seq = seq});
    }
  }
  output_.commit.received = moment.now;
  for (const auto& alert : effects_.alerts) output_.commit.alerts.push_back(*alert);
  for (const auto& incident : effects_.book.incidents) {
    output_.commit.incidents.push_back(*incident);
  }
  output_.commit.timeline = std::move(effects_.book.timeline);
  counters_.notifications += effects_.book.notifications.size();
  output_.commit.outbox = std::move(effects_.book.notifications);
  changed_ = changed_ || !effects_.alerts.empty() || !effects_.book.incidents.empty();
  output_.changes.alerts = std::move(effects_.alerts);
  output_.changes.incidents = std::move(effects_.book.incidents);
  effects_ = {};

  if (changed_) {
    auto picture = std::make_shared<Picture>();
    picture->version = ++version_;
    picture->taken = moment.now;
    picture->hosts = hosts_;
    picture->alerts = desk_.Current(moment.now);
    picture->open_incidents = book_.open();
    output_.picture = std::move(picture);
    // Published parts are immutable: the next change copies.
    for (auto& [id, record] : records_) record.editable.reset();
    changed_ = false;
  }
  return std::exchange(output_, {});
}

}  // namespace faultline::pipeline
