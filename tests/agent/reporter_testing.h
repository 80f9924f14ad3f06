// What tests of the reporter stand on: a link that remembers, a systemd that says what the test
// wants, a spool in a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/host/loop.h"
#include "agent/host/systemd_bus.h"
#include "agent/host/worker_pool.h"
#include "agent/link/link.h"
#include "agent/reporter.h"
#include "agent/spool/spool.h"
#include "common/clock.h"
#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::agent {

class RecordingLink : public link::Link {
 public:
  void Wake() override { ++wakes; }
  void SendDeclarations(faultline::v1::CheckDeclarations sent) override {
    declarations.push_back(std::move(sent));
  }
  void SendGauges(faultline::v1::Gauges sent) override { gauges.push_back(std::move(sent)); }
  void SendLookResult(faultline::v1::LookResult result) override {
    looks.push_back(std::move(result));
  }
  void SendProbeResult(faultline::v1::ProbeResult result) override {
    probes.push_back(std::move(result));
  }
  void OnCredentials() override {}
  void OnHostFacts() override {}
  void set_goodbye(const faultline::v1::Goodbye& /*goodbye*/) override {}

  int wakes = 0;
  std::vector<faultline::v1::CheckDeclarations> declarations;
  std::vector<faultline::v1::Gauges> gauges;
  std::vector<faultline::v1::LookResult> looks;
  std::vector<faultline::v1::ProbeResult> probes;
};

// Every unit is active. Counts who watches; a look that is asked for is never answered.
class SteadySystemd : public host::SystemdBus {
 public:
  explicit SteadySystemd(host::Loop& loop) : loop_(loop) {}

  std::unique_ptr<host::UnitWatch> Watch(const std::string& unit,
                                         host::UnitListener& listener) override {
    struct Steady : host::UnitWatch {
      void Refresh(std::function<void()> unanswered) override { kept = std::move(unanswered); }
      ~Steady() override { --*watching; }
      std::function<void()> kept;
      std::unique_ptr<host::LoopSource> told;
      int* watching = nullptr;
    };
    auto watch = std::make_unique<Steady>();
    ++watched[unit];
    watch->watching = &watching[unit];
    ++watching[unit];
    listeners[unit] = &listener;
    watch->told =
        loop_.After(Span{}, [unit, &listener] { Tell(unit, listener, "active", "running"); });
    return watch;
  }
  static void Tell(const std::string& unit, host::UnitListener& listener,
                   const std::string& active_state, const std::string& sub_state) {
    host::UnitProperties properties;
    properties.id = unit;
    properties.load_state = "loaded";
    properties.active_state = active_state;
    properties.sub_state = sub_state;
    properties.result = "success";
    listener.OnProperties(properties);
  }
  host::HostStop host_stop() const override { return host::HostStop::kNo; }

  std::map<std::string, host::UnitListener*> listeners;
  std::map<std::string, int> watched;   // how often it was begun
  std::map<std::string, int> watching;  // how many watch now

 private:
  host::Loop& loop_;
};

class ReporterTest : public testing::Test {
 protected:
  ReporterTest() {
    auto loop = host::Loop::Create();
    EXPECT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
    systemd_ = std::make_unique<SteadySystemd>(*loop_);
    auto spool = spool::Spool::Open({.directory = directory_ / "spool"});
    EXPECT_TRUE(spool.ok()) << spool.status();
    spool_ = *std::move(spool);
  }

  static config::CheckConfig Unit(const std::string& name, const std::string& subject = "") {
    config::CheckConfig check;
    check.id = {.kind = "unit", .target = name + ".service", .name = ""};
    check.subject = subject;
    return check;
  }

  void Start(const std::vector<config::CheckConfig>& checks) {
    reporter_ = std::make_unique<Reporter>(Reporter::Parts{.loop = *loop_,
                                                           .workers = workers_,
                                                           .systemd = *systemd_,
                                                           .clock = clock_,
                                                           .spool = *spool_,
                                                           .state_dir = directory_.path(),
                                                           .boot_id = "boot",
                                                           .on_change = [this] { ++changes_; }},
                                           checks);
    reporter_->Start(&link_);
    ASSERT_TRUE(UntilOk(checks.size()));
    link_.declarations.clear();
  }

  bool UntilOk(size_t count) {
    return host::RunUntil(*loop_,
                          [&] { return reporter_->Summarize().counts[State::kOk] == count; });
  }

  uint64_t Transitions() const { return spool_->last_seq(faultline::v1::STREAM_TRANSITIONS); }

  // Numbers by identity, as a new connection would hear them.
  std::map<std::string, uint32_t> Snapshot(faultline::v1::Snapshot* snapshot = nullptr) {
    faultline::v1::CheckDeclarations declarations;
    faultline::v1::Snapshot own;
    reporter_->TakeSnapshot(&declarations, snapshot == nullptr ? &own : snapshot);
    std::map<std::string, uint32_t> numbers;
    for (const auto& check : declarations.checks()) {
      numbers[check.kind() + ":" + check.target()] = check.number();
    }
    return numbers;
  }

  const SystemClock clock_;
  fakes::TempDirectory directory_;
  std::unique_ptr<host::Loop> loop_;
  host::WorkerPool workers_{1, 4};
  std::unique_ptr<SteadySystemd> systemd_;
  std::unique_ptr<spool::Spool> spool_;
  RecordingLink link_;
  int changes_ = 0;
  std::unique_ptr<Reporter> reporter_;
};

}  // namespace faultline::agent
