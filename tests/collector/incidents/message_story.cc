#include "tests/collector/incidents/message_story.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/wire.h"
#include "collector/ingest/from_wire.h"

namespace faultline::incidents {
namespace {

namespace v1 = faultline::v1;

const StackId kStack{"shop", "prod"};
constexpr Span kHeartbeat = Span::Seconds(1);

// A story that the collector's ingest refuses is none.
template <typename T>
T Taken(absl::StatusOr<T> message) {
  if (!message.ok()) throw std::runtime_error(message.status().ToString());
  if constexpr (requires { message->refused; }) {
    if (message->refused.count > 0) throw std::runtime_error(message->refused.entries[0].why);
  }
  return *std::move(message);
}

// Before the story.
Seen HasRunForLong(const std::string& unit) {
  Seen seen = AgentUnit(unit).Runs();
  seen.since = kBegan - Span::Seconds(3600);
  return seen;
}

}  // namespace

Story::Story(Empty, MessageOptions options) {
  store::Loaded loaded;
  loaded.last_incident_id = 41;
  engine_ = std::make_unique<pipeline::Engine>(
      pipeline::EngineOptions{.message = std::move(options), .heartbeat = kHeartbeat}, loaded,
      Now());
  Settle();
}

Story::Story() : Story(Empty{}) {
  AddHost("db-1", "10.0.2.10", "i-0a1b2c3d4e5f60718");
  AddHost("app-1", "10.0.1.20", "i-0d9e8f7a6b5c40312");
  Watch("db-1", {"unit", "mysql.service", ""}, {.unit = "mysql.service"},
        HasRunForLong("mysql.service"));
  Watch("db-1", {"listener", "3306", ""}, {.unit = "mysql.service"},
        Listeners("3306", {"0.0.0.0:3306"}));
  Watch("app-1", {"unit", "nginx.service", ""}, {.subject = "site", .unit = "nginx.service"},
        HasRunForLong("nginx.service"));
  Watch("app-1", {"unit", "todo.service", ""}, {.subject = "site", .unit = "todo.service"},
        HasRunForLong("todo.service"));
  Watch("app-1", {"port", "10.0.2.10:3306", ""},
        {.address = "10.0.2.10", .port = 3306, .interval = Span::Millis(500)},
        PortAnswers("10.0.2.10:3306"));
}

void Story::AddHost(const std::string& name, const std::string& address,
                    const std::string& instance, const std::string& region) {
  Host& host = hosts_[name];
  host.identity = {.id = {kStack, name}};
  host.hello.set_protocol_version(ingest::kProtocolVersion);
  host.hello.set_agent_version("0.1.0");
  host.hello.add_addresses(address);
  host.hello.set_instance_id(instance);
  if (!instance.empty()) host.hello.set_region(region);
  host.hello.set_spool_id("0123456789abcdef0123456789abcdef");
  host.hello.set_start_number(1);
  Connect(host);
}

void Story::Connect(Host& host) {
  host.stream = next_stream_++;
  engine_->Opened(host.stream, host.identity, Taken(ingest::FromWire(host.hello)), Now());
  v1::CheckDeclarations declarations;
  v1::Snapshot snapshot;
  for (const v1::CheckDeclaration& check : host.checks) {
    *declarations.add_checks() = check;
    const CheckId id{check.kind(), check.target(), check.name()};
    v1::CheckStatus& status = *snapshot.add_checks();
    *status.mutable_observation() = agent::ToWire(host.last.at(id), check.number());
    status.set_last_seq(host.last_seq.at(id));
  }
  v1::StreamPosition& position = *snapshot.add_positions();
  position.set_stream(v1::STREAM_TRANSITIONS);
  position.set_seq(host.spool.size());
  engine_->Input(host.stream, Taken(ingest::FromWire(declarations)), Now());
  engine_->Input(host.stream, Taken(ingest::FromWire(snapshot)), Now());
  for (const v1::Record& record : host.spool) Send(host, record);
  Settle();
}

void Story::Watch(const std::string& name, const CheckId& id, const Watched& watched, Seen seen) {
  Host& host = hosts_.at(name);
  v1::CheckDeclaration check;
  check.set_number(static_cast<uint32_t>(host.numbers.size()) + 1);
  check.set_kind(id.kind);
  check.set_target(id.target);
  check.set_name(id.name);
  check.set_subject(watched.subject);
  check.set_unit(watched.unit);
  check.set_remote_address(watched.address);
  check.set_remote_port(static_cast<uint32_t>(watched.port));
  check.set_interval_ns(watched.interval.ns);
  host.numbers[id] = check.number();
  host.checks.push_back(check);
  v1::CheckDeclarations declarations;
  *declarations.add_checks() = check;
  engine_->Input(host.stream, Taken(ingest::FromWire(declarations)), Now());
  See(name, id, std::move(seen));
}

void Story::Unwatch(const std::string& name, const CheckId& id) {
  Host& host = hosts_.at(name);
  v1::CheckDeclarations declarations;
  declarations.add_withdrawn(host.numbers.at(id));
  std::erase_if(host.checks,
                [&](const auto& check) { return check.number() == host.numbers.at(id); });
  engine_->Input(host.stream, Taken(ingest::FromWire(declarations)), Now());
  Settle();
}

constexpr uint64_t kUpFor = 3'600'000'000'000;  // the hosts of a story have been up for an hour

// As the agent's reporter stamps and records it.
void Story::See(const std::string& name, const CheckId& id, Seen seen) {
  Host& host = hosts_.at(name);
  seen.observed = now_;
  seen.boottime_ns = kUpFor;
  if (seen.since.ns == 0) seen.since = now_;
  v1::Record record = agent::TransitionRecord(id, seen, "boot");
  record.set_stream(v1::STREAM_TRANSITIONS);
  record.set_seq(host.spool.size() + 1);
  record.set_start_number(1);
  host.spool.push_back(record);
  host.last[id] = seen;
  host.last_seq[id] = record.seq();
  if (host.stream == 0) return;
  Send(host, record);
  Settle();
}

void Story::Refresh(const std::string& name, const CheckId& id, Seen seen) {
  Host& host = hosts_.at(name);
  seen.observed = now_;
  seen.boottime_ns = kUpFor;
  seen.since = host.last.at(id).since;
  host.last[id] = seen;
  v1::Gauges gauges;
  *gauges.add_observations() = agent::ToWire(seen, host.numbers.at(id));
  engine_->Input(host.stream, Taken(ingest::FromWire(gauges)), Now());
  Settle();
}

void Story::Send(Host& host, const v1::Record& record) {
  v1::Records records;
  *records.add_records() = record;
  engine_->Input(host.stream, Taken(ingest::FromWire(records, now_)), Now());
}

void Story::Cut(const std::string& name) {
  Host& host = hosts_.at(name);
  engine_->Closed(std::exchange(host.stream, 0), Now());
  Settle();
}

void Story::Back(const std::string& name) { Connect(hosts_.at(name)); }

void Story::Beat() {
  if (now_ < last_beat_ + kHeartbeat) return;
  last_beat_ = now_;
  for (auto& [name, host] : hosts_) {
    if (host.stream == 0) continue;
    v1::Heartbeat beat;
    beat.set_number(1);
    beat.mutable_sent()->set_wall_ns(now_.ns);
    beat.mutable_sent()->set_boottime_ns(1);
    engine_->Input(host.stream, Taken(ingest::FromWire(beat, now_)), Now());
  }
}

void Story::Pass(Span time) {
  const WallTime until = now_ + time;
  while (now_ < until) {
    const WallTime next = std::min({until, engine_->NextDeadline(), last_beat_ + kHeartbeat});
    now_ = std::max(next, now_ + Span{1});
    Beat();
    engine_->Tick(Now());
    Settle();
  }
}

// Carries out what the engine wants, with a store that never fails.
void Story::Settle() {
  pipeline::EngineOutput output = engine_->Take(Now());
  for (const auto& ack : output.acks) engine_->MarkDurable(ack);
  for (const Notification& said : output.commit.outbox) told_.push_back(said.incident.text);
  for (const Incident& incident : output.commit.incidents) {
    if (newest_ == nullptr || incident.id >= newest_->id) {
      newest_ = std::make_shared<const Incident>(incident);
    }
  }
}

std::string Story::Message() const { return newest_ == nullptr ? "" : newest_->text; }

std::vector<std::string> Story::Told() { return std::exchange(told_, {}); }

}  // namespace faultline::incidents
