// The engine's part that takes what agents kept: transitions, log events and gaps, in order.
#include <algorithm>
#include <utility>

#include "collector/pipeline/engine.h"

namespace faultline::pipeline {

void Engine::Handle(HostRecord& host, const RecordsMessage& input, incidents::Moment moment) {
  EngineOutput::Ack ack{.stream = host.stream, .host = host.id, .spool_id = host.spool_id};
  for (const RecordMessage& record : input.records) {
    uint64_t& received = host.received[record.stream];
    if (record.seq <= received) {
      ++counters_.repeated_records;
      ack.positions[record.stream] = received;
      continue;
    }
    uint64_t expected = received + 1;
    if (const auto* gap = std::get_if<store::StoredGap>(&record.body)) {
      store::StoredGap stored = *gap;
      stored.host = host.id;
      stored.spool_id = host.spool_id;
      stored.stream = record.stream;
      stored.from = Believed(stored.from, host.clock, moment.now);
      if (stored.from.ns == 0) stored.from = moment.now;  // nobody knows since when
      stored.to = std::max(Believed(stored.to, host.clock, moment.now), stored.from);
      TakeGap(host, std::move(stored), moment);
      expected = std::max(expected, record.seq);
    }
    // The agent's records have no holes; one that shows all the same is written down as a gap. Of a
    // spool that is not known here (a new store, a forgotten host) it has what is left of it.
    if (record.seq > expected && received != 0) {
      TakeGap(host,
              {.host = host.id,
               .spool_id = host.spool_id,
               .stream = record.stream,
               .first_seq = expected,
               .last_seq = record.seq - 1,
               .from = moment.now,
               .to = moment.now,
               .why = "records missing in the agent's stream"},
              moment);
    }
    // A gap may reach over the end of history: what comes after it is live all the same.
    const uint64_t until =
        record.stream == store::Stream::kTransitions ? host.history_until[record.stream] : 0;
    const bool history_ends = received < until && record.seq >= until;
    if (history_ends && record.seq > until) EndHistory(host, moment);
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
    if (history_ends && record.seq == until) EndHistory(host, moment);
  }
  if (!ack.positions.empty()) output_.acks.push_back(std::move(ack));
  TakeRefused(host, input.refused, moment);
}

void Engine::TakeGap(HostRecord& host, store::StoredGap gap, incidents::Moment moment) {
  book_.NoteGap({host.id, gap.from, gap.to, gap.why}, moment, &effects_.book);
  output_.commit.gaps.push_back(std::move(gap));
  ++counters_.gaps;
}

// What history left firing is the live picture's business now. Where that knows no better (the
// check cannot look), the last word of history stands; a check that is gone takes its alert with
// it.
void Engine::EndHistory(HostRecord& host, incidents::Moment moment) {
  for (rules::Alert& alert : host.history.End()) {
    // What it saw while it was cut off is looked at again before that is believed.
    if (rules::RuleFor(alert.check.kind).symptom && book_.IsOfOwnLoss(alert, hosts_)) continue;
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
  }
}

void Engine::TakeTransition(HostRecord& host, const RecordMessage& record,
                            const SeenObservation& said, incidents::Moment moment) {
  const bool late = !host.snapshot_taken || record.seq <= host.history_until[record.stream];
  const SeenObservation seen =
      late ? said : InLiveTime(said, host.clock, host.last_heard, moment.now);
  ++counters_.transitions;
  if (late) ++counters_.late_transitions;
  const WallTime at = Believed(seen.observed, host.clock, moment.now);
  output_.commit.transitions.push_back({.host = host.id,
                                        .spool_id = host.spool_id,
                                        .start_number = record.start_number,
                                        .seq = record.seq,
                                        .check = record.check,
                                        .state = seen.state,
                                        .reason = seen.reason,
                                        .detail = seen.detail,
                                        .at = at,
                                        .host_time = said.observed,
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

}  // namespace faultline::pipeline
