// The engine's part that takes what agents say of their checks.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/pipeline/engine.h"

namespace faultline::pipeline {
namespace {

// A host that a certificate lets in must not fill the collector's memory.
constexpr size_t kMaxChecksPerHost = 2000;

}  // namespace

void Engine::Handle(HostRecord& host, const DeclarationsMessage& input, incidents::Moment moment) {
  model::HostPicture& picture = Edit(host);
  for (const DeclaredCheck& declared : input.checks) {
    if (!picture.checks.contains(declared.id) && picture.checks.size() >= kMaxChecksPerHost) {
      continue;
    }
    host.numbers[declared.number] = declared.id;
    model::CheckPicture& check = picture.checks[declared.id];
    check.id = declared.id;
    check.declared_subject = declared.subject;
    check.unit = declared.unit;
    check.remote_address = declared.remote_address;
    check.remote_port = declared.remote_port;
    check.interval = declared.interval;
    check.subject = rules::SubjectFor(check, host.id.host);
    Touch(host, declared.id);
  }
  for (const uint32_t number : input.withdrawn) {
    const auto it = host.numbers.find(number);
    if (it == host.numbers.end()) continue;
    const CheckId id = it->second;
    // Also other numbers that a confused agent may have given to it.
    std::erase_if(host.numbers, [&](const auto& entry) { return entry.second == id; });
    picture.checks.erase(id);
    output_.changes.removed_checks.emplace_back(host.id, id);
    changed_ = true;
    desk_.Withdraw(host.id, id, hosts_, moment, &effects_);
  }
}

void Engine::Handle(HostRecord& host, const SnapshotMessage& input, incidents::Moment moment) {
  model::HostPicture& picture = Edit(host);
  // What this connection has not declared is gone from the configuration.
  std::vector<CheckId> declared = {AgentCheckId(host.id)};
  for (const auto& [number, id] : host.numbers) declared.push_back(id);
  std::sort(declared.begin(), declared.end());
  std::erase_if(picture.checks, [&](const auto& entry) {
    const bool gone = !std::binary_search(declared.begin(), declared.end(), entry.first);
    if (gone) output_.changes.removed_checks.emplace_back(host.id, entry.first);
    return gone;
  });
  host.history_until = input.positions;
  host.snapshot_taken = true;
  std::vector<CheckId> seen;
  for (const SnapshotMessage::Status& status : input.checks) {
    const auto number = host.numbers.find(status.observation.check);
    if (number == host.numbers.end()) continue;
    model::CheckPicture& check = picture.checks[number->second];
    ApplyObservation(status.observation, host.clock, moment.now, &check);
    check.last_seq = status.last_seq;
    ++counters_.observations;
    Touch(host, check.id);
    seen.push_back(check.id);
  }
  // Units first: their word decides how patient the judgement of symptoms is.
  std::stable_partition(seen.begin(), seen.end(),
                        [](const CheckId& id) { return id.kind == "unit"; });
  for (const CheckId& id : seen) LookAt(host, id, moment);
  desk_.HostIsBack(*hosts_.at(host.id), hosts_, moment, &effects_);
  const store::Stream stream = store::Stream::kTransitions;
  if (host.received[stream] >= host.history_until[stream]) EndHistory(host, moment);
}

void Engine::Handle(HostRecord& host, const RecordsMessage& input, incidents::Moment moment) {
  bool news = false;
  EngineOutput::Ack ack{.stream = host.stream, .host = host.id, .spool_id = host.spool_id};
  for (const RecordMessage& record : input.records) {
    uint64_t& received = host.received[record.stream];
    if (record.seq <= received) {
      ++counters_.repeated_records;
      continue;
    }
    news = true;
    const uint64_t before = received;
    uint64_t expected = received + 1;
    if (const auto* gap = std::get_if<store::StoredGap>(&record.body)) {
      store::StoredGap stored = *gap;
      stored.host = host.id;
      stored.spool_id = host.spool_id;
      stored.stream = record.stream;
      book_.NoteGap({host.id, stored.from, stored.to, stored.why}, moment, &effects_.book);
      output_.commit.gaps.push_back(std::move(stored));
      ++counters_.gaps;
      expected = std::max(expected, record.seq);
    }
    // The agent's records have no holes; one that shows all the same is written down as a gap.
    if (record.seq > expected) {
      output_.commit.gaps.push_back({.host = host.id,
                                     .spool_id = host.spool_id,
                                     .stream = record.stream,
                                     .first_seq = expected,
                                     .last_seq = record.seq - 1,
                                     .from = moment.now,
                                     .to = moment.now,
                                     .why = "records missing in the agent's stream"});
      ++counters_.gaps;
    }
    received = record.seq;
    ack.positions[record.stream] = record.seq;
    if (const auto* seen = std::get_if<SeenObservation>(&record.body)) {
      TakeTransition(host, record, *seen, moment);
    } else if (const auto* event = std::get_if<store::StoredLogEvent>(&record.body)) {
      store::StoredLogEvent stored = *event;
      stored.host = host.id;
      stored.spool_id = host.spool_id;
      stored.seq = record.seq;
      output_.commit.log_events.push_back(std::move(stored));
      ++counters_.log_events;
    }
    if (record.stream == store::Stream::kTransitions &&
        before < host.history_until[record.stream] &&
        record.seq >= host.history_until[record.stream]) {
      EndHistory(host, moment);
    }
  }
  if (!news) ack.positions = durable_[{host.id, host.spool_id}];
  if (!ack.positions.empty()) output_.acks.push_back(std::move(ack));
}

// What history left firing is the live picture's business now. Where that knows no better (the
// check cannot look), the last word of history stands; a check that is gone takes its alert with
// it.
void Engine::EndHistory(HostRecord& host, incidents::Moment moment) {
  for (rules::Alert& alert : host.history.End()) {
    const model::HostPicture& picture = *hosts_.at(host.id);
    const auto check = picture.checks.find(alert.check);
    if (check != picture.checks.end() && check->second.state != State::kOk) {
      desk_.Adopt(std::move(alert), hosts_, moment, &effects_);
      continue;
    }
    const bool gone = check == picture.checks.end();
    alert.state = gone ? rules::AlertState::kWithdrawn : rules::AlertState::kResolved;
    alert.decision = gone ? rules::Decision::kCheckRemoved : rules::Decision::kConditionEnded;
    alert.resolved_at = gone ? moment.now : std::max(check->second.since, alert.since);
    book_.EnterLate(alert, hosts_, moment, &effects_.book);
    effects_.alerts.push_back(std::make_shared<const rules::Alert>(std::move(alert)));
  }
}

void Engine::TakeTransition(HostRecord& host, const RecordMessage& record,
                            const SeenObservation& seen, incidents::Moment moment) {
  const bool late = !host.snapshot_taken || record.seq <= host.history_until[record.stream];
  ++counters_.transitions;
  if (late) ++counters_.late_transitions;
  const WallTime at = std::min(host.clock.Correct(seen.observed), moment.now);
  output_.commit.transitions.push_back({.host = host.id,
                                        .spool_id = host.spool_id,
                                        .start_number = record.start_number,
                                        .seq = record.seq,
                                        .check = record.check,
                                        .state = seen.state,
                                        .reason = seen.reason,
                                        .detail = seen.detail,
                                        .at = at,
                                        .host_time = seen.observed,
                                        .received = moment.now,
                                        .late = late});
  const model::HostPicture& before = *hosts_.at(host.id);
  const auto known = before.checks.find(record.check);
  if (late) {
    model::CheckPicture then;
    if (known != before.checks.end()) then = known->second;
    then.id = record.check;
    then.state = State::kUnspecified;
    then.observed = {};
    if (then.subject.empty()) then.subject = rules::SubjectFor(then, host.id.host);
    ApplyObservation(seen, host.clock, moment.now, &then);
    then.last_seq = record.seq;
    host.history.Add(before, then, hosts_, book_, moment, &effects_);
    return;
  }
  if (known == before.checks.end()) return;  // withdrawn while this was on its way
  model::CheckPicture& check = Edit(host).checks.at(record.check);
  ApplyObservation(seen, host.clock, moment.now, &check);
  check.last_seq = record.seq;
  ++counters_.observations;
  Touch(host, record.check);
  const size_t told = effects_.book.timeline.size();
  LookAt(host, record.check, moment);
  if (effects_.book.timeline.size() != told) return;  // the incident's own entry tells it
  book_.Note({.host = host.id,
              .check = record.check.ToString(),
              .subject = check.subject,
              .state = check.state,
              .reason = check.reason,
              .detail = check.detail,
              .at = at},
             moment, &effects_.book);
}

void Engine::Handle(HostRecord& host, const GaugesMessage& input, incidents::Moment moment) {
  if (input.observations.empty()) return;
  model::HostPicture& picture = Edit(host);
  for (const SeenObservation& seen : input.observations) {
    const auto number = host.numbers.find(seen.check);
    if (number == host.numbers.end()) continue;
    const auto check = picture.checks.find(number->second);
    if (check == picture.checks.end()) continue;
    ++counters_.observations;
    check->second.gauges = seen.gauges;
    check->second.observed =
        std::max(check->second.observed, std::min(host.clock.Correct(seen.observed), moment.now));
    Touch(host, check->first);
  }
}

void Engine::Handle(HostRecord& host, const LookResultMessage& input, incidents::Moment moment) {
  for (const SeenObservation& seen : input.observations) {
    const auto number = host.numbers.find(seen.check);
    if (number == host.numbers.end()) continue;
    const model::HostPicture& before = *hosts_.at(host.id);
    const auto known = before.checks.find(number->second);
    // A change of state travels as a record, never here.
    if (known == before.checks.end() || known->second.state != seen.state ||
        known->second.reason != seen.reason) {
      continue;
    }
    ++counters_.observations;
    ApplyObservation(seen, host.clock, moment.now, &Edit(host).checks.at(number->second));
    Touch(host, number->second);
    LookAt(host, number->second, moment);
  }
}

EngineOutput Engine::Take(incidents::Moment moment) {
  // What agents are asked: every check of the subject on that host, by this connection's numbers.
  for (const LookAsk& ask : effects_.looks) {
    const auto record = records_.find(ask.host);
    if (record == records_.end() || record->second.stream == 0) continue;
    EngineOutput::Look look{.stream = record->second.stream, .request = next_request_++};
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

  for (const HostId& id : output_.changes.hosts) output_.commit.hosts.push_back(hosts_.at(id));
  for (const EngineOutput::Ack& ack : output_.acks) {
    for (const auto& [stream, seq] : ack.positions) {
      output_.commit.positions.push_back(
          {.host = ack.host, .spool_id = ack.spool_id, .stream = stream, .seq = seq});
    }
  }
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
