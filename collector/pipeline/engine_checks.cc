// The engine's part that takes what agents say of their checks now.
#include <algorithm>
#include <utility>
#include <vector>

#include "collector/pipeline/engine.h"

namespace faultline::pipeline {
namespace {

// A host that a certificate lets in must not fill the collector's memory.
constexpr size_t kMaxChecksPerHost = 2000;
// A reload may number its checks anew before it withdraws the old numbers.
constexpr size_t kMaxNumbersPerHost = 2 * kMaxChecksPerHost;

}  // namespace

void Engine::Handle(HostRecord& host, const DeclarationsMessage& input, incidents::Moment moment) {
  model::HostPicture& picture = Edit(host);
  if (input.absent.has_value()) {
    picture.absent = input.absent;
    changed_ = true;
  }
  for (const DeclaredCheck& declared : input.checks) {
    if (!picture.checks.contains(declared.id) && picture.checks.size() >= kMaxChecksPerHost) {
      continue;
    }
    if (!host.numbers.contains(declared.number) && host.numbers.size() >= kMaxNumbersPerHost) {
      continue;
    }
    NumberIsGone(host, declared.number);
    const CheckId before = std::exchange(host.numbers[declared.number], declared.id);
    if (!before.kind.empty() && before != declared.id) WithdrawCheck(host, before, moment);
    model::CheckPicture& check = picture.checks[declared.id];
    check.id = declared.id;
    check.declared_subject = declared.subject;
    check.unit = declared.unit;
    check.remote_address = declared.remote_address;
    check.remote_port = declared.remote_port;
    check.interval = declared.interval;
    check.expected = declared.expected;
    check.subject = rules::SubjectFor(check, host.id.host);
    Touch(host, declared.id);
  }
  for (const uint32_t number : input.withdrawn) {
    NumberIsGone(host, number);
    const auto it = host.numbers.find(number);
    if (it == host.numbers.end()) continue;
    const CheckId id = it->second;
    host.numbers.erase(it);
    WithdrawCheck(host, id, moment);
  }
  TakeRefused(host, input.refused, moment);
}

void Engine::WithdrawCheck(HostRecord& host, const CheckId& check, incidents::Moment moment) {
  // An agent that gave a check two numbers still has the other one.
  for (const auto& [number, id] : host.numbers) {
    if (id == check) return;
  }
  Edit(host).checks.erase(check);
  output_.changes.removed_checks.emplace_back(host.id, check);
  changed_ = true;
  desk_.Withdraw(host.id, check, hosts_, moment, &effects_);
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
    const SeenObservation& observation = status.observation;
    if (observation.up_for.ns > 0) {
      picture.booted_at =
          std::min(host.clock.Correct(observation.observed - observation.up_for), moment.now);
    }
    const auto number = host.numbers.find(status.observation.check);
    if (number == host.numbers.end()) continue;
    // Declared under two numbers and withdrawn under one: gone.
    const auto found = picture.checks.find(number->second);
    if (found == picture.checks.end()) continue;
    model::CheckPicture& check = found->second;
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
  TakeRefused(host, input.refused, moment);
}

void Engine::Handle(HostRecord& host, const GaugesMessage& input, incidents::Moment moment) {
  TakeRefused(host, input.refused, moment);
  if (input.observations.empty()) return;
  model::HostPicture& picture = Edit(host);
  for (const SeenObservation& seen : input.observations) {
    const auto number = host.numbers.find(seen.check);
    if (number == host.numbers.end()) continue;
    const auto check = picture.checks.find(number->second);
    if (check == picture.checks.end()) continue;
    ++counters_.observations;
    check->second.gauges = seen.gauges;
    // What it said at its last transition has grown old: "194 error lines", a second into a flood.
    // (A change of state travels as a record, never here.)
    bool knows_more = false;
    if (check->second.state == seen.state && check->second.reason == seen.reason) {
      check->second.detail = seen.detail;
      knows_more = BringEvidenceUpToDate(seen, host.clock, moment.now, &check->second);
    }
    check->second.observed =
        std::max(check->second.observed, Believed(seen.observed, host.clock, moment.now));
    if (seen.state == State::kOk && check->second.state == State::kOk) {
      check->second.last_ok = check->second.observed;
    }
    Touch(host, check->first);
    if (knows_more) LookAt(host, check->first, moment);
  }
}

void Engine::Handle(HostRecord& host, const LookResultMessage& input, incidents::Moment moment) {
  TakeRefused(host, input.refused, moment);
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

}  // namespace faultline::pipeline
