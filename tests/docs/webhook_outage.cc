#include "tests/docs/webhook_outage.h"

#include <string>
#include <utility>

#include "collector/pipeline/engine.h"

namespace faultline::docs {
namespace {

using pipeline::SeenObservation;

constexpr WallTime kStart{1'795'317'240'000'000'000};  // 2026-11-22 03:14:00 UTC
const StackId kShop{"shop", "prod"};

class Outage {
 public:
  Outage()
      : engine_({.message = {.timezone = "", .base_url = "https://faultline.example"}}, {}, Now()) {
    Join(kApp, {.identity = {{kShop, "app-1"}, "app"},
                .hello = {.addresses = {"10.0.1.20"},
                          .instance_id = "i-0a1b2c3d4e5f60718",
                          .region = "us-east-1",
                          .spool_id = "3c1f8a0d5be94276a1f0c7d2e4b65938",
                          .start_number = 1},
                .check = {.number = 1,
                          .id = {"port", "10.0.2.10:3306", ""},
                          .remote_address = "10.0.2.10",
                          .remote_port = 3306}});
    Join(kDb, {.identity = {{kShop, "db-1"}, "db"},
               .hello = {.addresses = {"10.0.2.10"},
                         .instance_id = "i-0f9e8d7c6b5a43210",
                         .region = "us-east-1",
                         .spool_id = "9b42e7c05d1840f6ae3b6c8d7f102e54",
                         .start_number = 1},
               .check = {.number = 1, .id = {"unit", "mysql.service", ""}}});
  }

  std::vector<incidents::Notification> Play() {
    Pass(Span::Millis(7'412));
    See(kApp, {.state = State::kCritical,
               .reason = "REFUSED",
               .detail = "connection refused: nothing listens on 10.0.2.10:3306"});
    Pass(Span::Seconds(1));
    See(kDb, {.state = State::kCritical,
              .reason = "UNIT_FAILED",
              .detail = "mysql.service failed: the main process was killed (SIGKILL)",
              .evidence = {{"mysqld exited, code=killed, status=9/KILL", now_}}});
    Pass(Span::Seconds(95));
    See(kDb, {.state = State::kOk});
    Pass(Span::Millis(300));
    See(kApp, {.state = State::kOk});
    Pass(Span::Seconds(10));
    return said_;
  }

 private:
  enum Stream : uint64_t { kApp = 1, kDb = 2 };
  struct Host {
    HostIdentity identity;
    pipeline::HelloMessage hello;
    pipeline::DeclaredCheck check;
    uint64_t seq = 0;
  };

  incidents::Moment Now() const { return {now_, {(now_ - kStart).ns}}; }

  void Join(Stream stream, const Host& host) {
    hosts_[stream] = host;
    engine_.Opened(stream, host.identity, host.hello, Now());
    engine_.Input(stream, pipeline::DeclarationsMessage{{host.check}, {}}, Now());
    pipeline::SnapshotMessage snapshot;
    snapshot.checks.push_back({{.check = 1, .state = State::kOk, .observed = now_}, 0});
    engine_.Input(stream, snapshot, Now());
    Settle();
  }

  void See(Stream stream, SeenObservation seen) {
    seen.observed = now_;
    Host& host = hosts_[stream];
    pipeline::RecordMessage record{.seq = ++host.seq, .start_number = 1, .check = host.check.id};
    record.body = std::move(seen);
    engine_.Input(stream, pipeline::RecordsMessage{{record}}, Now());
    Settle();
  }

  // In steps, with the heartbeats of both.
  void Pass(Span span) {
    const WallTime end = now_ + span;
    while (now_ < end) {
      now_ = std::min(end, now_ + Span::Millis(100));
      for (const Stream stream : {kApp, kDb}) {
        engine_.Input(stream, pipeline::HeartbeatMessage{.sent = now_, .received = now_}, Now());
      }
      engine_.Tick(Now());
      Settle();
    }
  }

  void Settle() {
    pipeline::EngineOutput output = engine_.Take(Now());
    for (const auto& ack : output.acks) engine_.MarkDurable(ack);
    for (auto& said : output.commit.outbox) said_.push_back(std::move(said));
  }

  WallTime now_ = kStart;
  pipeline::Engine engine_;
  std::map<Stream, Host> hosts_;
  std::vector<incidents::Notification> said_;
};

}  // namespace

std::vector<incidents::Notification> PlayOutage() { return Outage().Play(); }

}  // namespace faultline::docs
