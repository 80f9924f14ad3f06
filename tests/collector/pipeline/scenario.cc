#include "tests/collector/pipeline/scenario.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/pipeline/engine.h"
#include "tests/collector/pipeline/engine_samples.h"
#include "tests/collector/pipeline/scenario_host.h"
#include "yaml-cpp/yaml.h"

namespace faultline::pipeline {
namespace {

const StackId kStack{"shop", "prod"};

// What an agent will say of a host that it was asked to look at.
struct ScenarioProbe {
  uint64_t stream = 0;
  ProbeResultMessage result;
};

class Player {
 public:
  explicit Player(const YAML::Node& root) : root_(root) {
    options_.message.base_url = "http://faultline";
    if (root["silent_host"]) {
      ParseSpan(root["silent_host"].as<std::string>(), &options_.patience.silent_host);
    }
    Restart();
    for (const auto& entry : root["hosts"]) AddHost(entry.first.as<std::string>(), entry.second);
    for (auto& [name, host] : hosts_) Connect(host);
    Settle();
    said_.clear();
    asked_.clear();
    probed_.clear();
  }

  absl::Status Play() {
    int number = 0;
    for (const YAML::Node& step : root_["steps"]) {
      ++number;
      Span at;
      if (!ParseSpan(step["at"].as<std::string>(), &at)) {
        return absl::InvalidArgumentError(absl::StrCat("step ", number, ": bad `at`"));
      }
      AdvanceTo(kStart + at + set_ahead_);
      const std::string wrong = step["expect"] ? Expect(step["expect"]) : Do(step);
      if (!wrong.empty()) {
        return absl::FailedPreconditionError(
            absl::StrCat("step ", number, " at ", step["at"].as<std::string>(), ": ", wrong));
      }
    }
    return absl::OkStatus();
  }

 private:
  incidents::Moment Now() const { return {now_, {(now_ - kStart).ns - set_ahead_.ns}}; }

  void AddHost(const std::string& name, const YAML::Node& node) {
    ScenarioHost& host = hosts_[name] = ReadHost(kStack, name, node);
    for (const DeclaredCheck& check : host.checks) See(host, check.id, State::kOk, "", "");
  }

  void See(ScenarioHost& host, const CheckId& id, State state, const std::string& reason,
           const std::string& detail, WallTime since = {}) {
    SeenObservation seen;
    seen.since = since;
    seen.state = state;
    seen.reason = reason;
    seen.detail = detail;
    seen.observed = now_;
    RecordMessage record;
    record.seq = ++host.seq;
    record.start_number = 1;
    record.check = id;
    record.body = seen;
    host.spool.push_back(record);
    host.last[id] = seen;
    host.last_seq[id] = record.seq;
    if (host.stream != 0) {
      engine_->Input(host.stream, RecordsMessage{{record}}, Now());
      Settle();
    }
  }

  // `records`: the link breaks again after so many of the history's records.
  void Connect(ScenarioHost& host, size_t records = SIZE_MAX) {
    host.stream = next_stream_++;
    engine_->Opened(host.stream, host.identity, host.hello, Now());
    engine_->Input(host.stream, DeclarationsMessage{host.checks, {}}, Now());
    SnapshotMessage snapshot;
    for (const DeclaredCheck& check : host.checks) {
      SeenObservation seen = host.last.at(check.id);
      seen.check = check.number;
      snapshot.checks.push_back({seen, host.last_seq.at(check.id)});
    }
    snapshot.positions[store::Stream::kTransitions] = host.seq;
    engine_->Input(host.stream, snapshot, Now());
    const uint64_t durable = positions_[{host.identity.id.host, store::Stream::kTransitions}].seq;
    for (const RecordMessage& record : host.spool) {
      if (record.seq > durable && records-- == 0) return Cut(host);
      engine_->Input(host.stream, RecordsMessage{{record}}, Now());
    }
    Settle();
  }

  void Cut(ScenarioHost& host) {
    engine_->Closed(host.stream, Now());
    host.stream = 0;
    Settle();
  }

  // Carries out what the engine wants, as the pipeline would, with a store that never fails.
  void Settle() {
    EngineOutput output = engine_->Take(Now());
    for (const EngineOutput::Ack& ack : output.acks) engine_->MarkDurable(ack);
    for (const EngineOutput::Look& look : output.looks) {
      for (const auto& [name, host] : hosts_) {
        if (host.stream == look.stream) asked_.insert(name);
      }
    }
    for (const ProbeRequest& probe : output.probes) Probe(probe);
    for (const incidents::Notification& said : output.commit.outbox) {
      said_.push_back(absl::StrCat(
          std::string(incidents::NotificationEventName(said.event)), " ", said.incident.subject,
          " ", std::string(rules::SeverityName(said.incident.severity)), " ", said.incident.reason,
          " ", said.incident.host, said.incident.late ? " late" : ""));
      keys_[said.incident.id].insert(said.incident.dedup_key);
    }
    for (const rules::Alert& alert : output.commit.alerts) alerts_[alert.id] = alert;
    for (const incidents::Incident& incident : output.commit.incidents) {
      incidents_[incident.id] = incident;
    }
    for (const store::Position& position : output.commit.positions) {
      positions_[{position.host.host, position.stream}] = position;
    }
    timeline_.insert(timeline_.end(), output.commit.timeline.begin(), output.commit.timeline.end());
    for (const HostId& host : output.commit.forgotten) {
      std::erase_if(positions_, [&](const auto& entry) { return entry.first.first == host.host; });
    }
    if (output.picture != nullptr) picture_ = output.picture;
  }

  // A host that lives answers a ping at once; silence takes the whole deadline.
  void Probe(const ProbeRequest& request) {
    for (const auto& [name, host] : hosts_) {
      if (host.stream != request.stream || host.is_dead) continue;
      probed_.insert(name);
      const std::string got = AnswerOf(hosts_, host, request.aim.addresses.front());
      ProbeResultMessage result{.request = request.request};
      result.paths.push_back({.answered = got == "ping", .looked = got != "cannot"});
      const WallTime due = now_ + (got == "ping" ? Span::Millis(1) : request.deadline);
      probes_.insert({due, {host.stream, std::move(result)}});
    }
  }

  void Answer() {
    while (!probes_.empty() && probes_.begin()->first <= now_) {
      const ScenarioProbe probe = probes_.extract(probes_.begin()).mapped();
      engine_->Input(probe.stream, probe.result, Now());
    }
  }

  void AdvanceTo(WallTime until) {
    while (true) {
      WallTime next = std::min(until, engine_->NextDeadline());
      if (!probes_.empty()) next = std::min(next, probes_.begin()->first);
      next = std::min(next, last_heartbeat_ + options_.heartbeat);
      if (next >= until) break;
      now_ = std::max(next, now_);
      Beat();
      Answer();
      engine_->Tick(Now());
      Settle();
    }
    now_ = until;
    Beat();
    Answer();
    engine_->Tick(Now());
    Settle();
  }

  void Beat() {
    if (now_ < last_heartbeat_ + options_.heartbeat) return;
    last_heartbeat_ = now_;
    for (auto& [name, host] : hosts_) {
      if (host.stream == 0 || host.is_dead) continue;
      engine_->Input(host.stream, HeartbeatMessage{.sent = now_, .received = now_}, Now());
    }
  }

  void Restart() {
    store::Loaded loaded;
    for (const auto& [id, alert] : alerts_) {
      if (alert.state == rules::AlertState::kPending || alert.state == rules::AlertState::kFiring) {
        loaded.alerts.push_back(alert);
      }
    }
    for (const auto& [id, incident] : incidents_) {
      loaded.incidents.push_back(incident);
      loaded.last_incident_id = id;
    }
    for (const auto& [key, position] : positions_) loaded.positions.push_back(position);
    if (picture_ != nullptr) {
      for (const auto& [id, host] : picture_->hosts) {
        loaded.hosts.push_back(*host);
        loaded.hosts.back().checks.clear();
      }
    }
    engine_ = std::make_unique<Engine>(options_, loaded, Now());
    for (auto& [name, host] : hosts_) host.stream = 0;
    Settle();
  }

  // By the host's clock; {0} = at this step.
  WallTime SinceOf(const YAML::Node& step) const {
    Span since;
    if (!step["since"] || !ParseSpan(step["since"].as<std::string>(), &since)) return {};
    return kStart + since + set_ahead_;
  }

  std::string SetClock(const YAML::Node& by, int sign) {
    Span step;
    if (!ParseSpan(by.as<std::string>(), &step)) return "bad span";
    step.ns *= sign;
    set_ahead_ = {set_ahead_.ns + step.ns};
    now_ = now_ + step;
    if (sign < 0) last_heartbeat_ = last_heartbeat_ + step;
    return "";
  }

  std::string Do(const YAML::Node& step) {
    if (step["restart_collector"]) {
      Restart();
      return "";
    }
    if (step["set_clock_ahead"]) return SetClock(step["set_clock_ahead"], 1);
    if (step["set_clock_back"]) return SetClock(step["set_clock_back"], -1);
    const auto found = hosts_.find(step["host"].as<std::string>());
    if (found == hosts_.end()) return "no such host";
    ScenarioHost& host = found->second;
    if (step["cut"]) {
      Cut(host);
    } else if (step["forget"]) {
      const auto of = engine_->Forget(host.identity.id, rules::Decision::kHostForgotten, Now());
      if (of != ForgetOutcome::kForgotten) return "it cannot be forgotten";
    } else if (step["dies"]) {
      host.is_dead = true;
    } else if (step["gets"]) {
      host.answers[step["of"].as<std::string>()] = step["gets"].as<std::string>();
    } else if (step["goodbye"]) {
      engine_->Input(host.stream, GoodbyeMessage{HostStopOf(step["goodbye"].as<std::string>())},
                     Now());
      engine_->Closed(host.stream, Now());
      host.stream = 0;
    } else if (step["back"]) {
      Span up_for;
      const std::string up = step["up_for"].as<std::string>("0s");
      if (!ParseSpan(up, &up_for)) return "bad span";
      for (auto& [id, seen] : host.last) {
        seen.up_for = up_for;
        if (up_for.ns > 0) seen.observed = now_;
      }
      host.is_dead = false;
      Connect(host, step["records"] ? step["records"].as<size_t>() : SIZE_MAX);
    } else if (step["look"]) {
      const CheckId id = *ParseCheckId(step["look"].as<std::string>());
      SeenObservation seen = host.last.at(id);
      seen.since = SinceOf(step);
      for (const DeclaredCheck& check : host.checks) {
        if (check.id == id) seen.check = check.number;
      }
      seen.observed = now_;
      engine_->Input(host.stream, LookResultMessage{1, {seen}}, Now());
    } else if (step["withdraw"]) {
      const CheckId id = *ParseCheckId(step["withdraw"].as<std::string>());
      const auto check = std::find_if(host.checks.begin(), host.checks.end(),
                                      [&](const DeclaredCheck& one) { return one.id == id; });
      if (check == host.checks.end()) return "no check";
      engine_->Input(host.stream, DeclarationsMessage{{}, {check->number}}, Now());
      host.checks.erase(check);
    } else if (step["see"]) {
      See(host, *ParseCheckId(step["see"].as<std::string>()),
          *ParseState(step["state"].as<std::string>()), step["reason"].as<std::string>(""),
          step["detail"].as<std::string>(""), SinceOf(step));
    } else {
      return "no step without see, look, withdraw, cut, dies, gets, forget, back, goodbye, expect";
    }
    Settle();
    return "";
  }

  std::vector<std::string> Alerts(rules::AlertState state) const {
    std::vector<std::string> all;
    for (const auto& alert : *picture_->alerts) {
      if (alert->state != state) continue;
      all.push_back(
          absl::StrCat(alert->host.host, " ", alert->check.ToString(), " ", alert->reason));
    }
    return all;
  }

  std::vector<std::string> Timeline() const {
    std::vector<std::string> all;
    if (incidents_.empty()) return all;
    const uint64_t newest = incidents_.rbegin()->first;
    std::vector<incidents::TimelineEntry> entries;
    for (const auto& entry : timeline_) {
      if (entry.incident == newest) entries.push_back(entry);
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    for (const auto& entry : entries) {
      all.push_back(absl::StrCat((entry.at - kStart).ns / 1'000'000, " ",
                                 std::string(incidents::TimelineKindName(entry.kind)), " ",
                                 entry.host, " ", entry.check, " ", entry.reason));
    }
    return all;
  }

  // That the newest message has it.
  std::string Text(const std::string& wanted) const {
    const std::string text = incidents_.empty() ? "" : incidents_.rbegin()->second.text;
    return text.find(wanted) != std::string::npos
               ? ""
               : absl::StrCat("text: want \"", wanted, "\", saw \"", text, "\"");
  }

  std::string Expect(const YAML::Node& expect) {
    for (const auto& entry : expect) {
      static const std::set<std::string> kNames = {"open",  "firing",   "pending", "said",
                                                   "asked", "timeline", "probed",  "text"};
      if (!kNames.contains(entry.first.as<std::string>())) {
        return "unknown expectation " + entry.first.as<std::string>();
      }
    }
    std::vector<std::string> open;
    for (const auto& incident : picture_->open_incidents) open.push_back(incident->subject);
    std::string wrong = Difference("open", expect["open"], open, true);
    if (wrong.empty()) {
      wrong = Difference("firing", expect["firing"], Alerts(rules::AlertState::kFiring), true);
    }
    if (wrong.empty()) {
      wrong = Difference("pending", expect["pending"], Alerts(rules::AlertState::kPending), true);
    }
    if (wrong.empty()) wrong = Difference("said", expect["said"], said_, false);
    if (wrong.empty()) {
      wrong = Difference("asked", expect["asked"], {asked_.begin(), asked_.end()}, true);
    }
    if (wrong.empty()) wrong = Difference("timeline", expect["timeline"], Timeline(), false);
    if (wrong.empty()) {
      wrong = Difference("probed", expect["probed"], {probed_.begin(), probed_.end()}, true);
    }
    if (wrong.empty() && expect["text"]) wrong = Text(expect["text"].as<std::string>());
    if (expect["probed"]) probed_.clear();
    if (expect["said"]) said_.clear();
    if (expect["asked"]) asked_.clear();
    for (const auto& [id, keys] : keys_) {
      if (keys.size() != 1) wrong = "an incident was said under more than one key";
    }
    return wrong;
  }

  const YAML::Node root_;
  EngineOptions options_;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, ScenarioHost> hosts_;
  WallTime now_ = kStart;
  Span set_ahead_;  // the collector's clock, since the start
  WallTime last_heartbeat_ = kStart;
  uint64_t next_stream_ = 1;
  std::vector<std::string> said_;
  std::set<std::string> asked_;
  std::set<std::string> probed_;
  std::multimap<WallTime, ScenarioProbe> probes_;  // by when they are answered
  std::map<uint64_t, std::set<std::string>> keys_;
  std::map<std::string, rules::Alert> alerts_;
  std::map<uint64_t, incidents::Incident> incidents_;
  std::map<std::pair<std::string, store::Stream>, store::Position> positions_;
  std::vector<incidents::TimelineEntry> timeline_;
  std::shared_ptr<const Picture> picture_;
};

}  // namespace

absl::Status PlayScenario(const std::string& file) {
  try {
    Player player(YAML::LoadFile(file));
    return player.Play();
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": ", error.what()));
  }
}

}  // namespace faultline::pipeline
