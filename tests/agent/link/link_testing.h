// An agent that is nothing but spool and link, and a collector to talk to.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/link/link.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/link/fake_collector.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::link {

using spool::kLogEvents;
using spool::kTransitions;

class TestSource : public LinkSource {
 public:
  explicit TestSource(spool::Spool& spool) : spool_(spool) {}

  void TakeSnapshot(faultline::v1::CheckDeclarations* declarations,
                    faultline::v1::Snapshot* snapshot) override {
    auto* check = declarations->add_checks();
    check->set_number(7);
    check->set_kind("unit");
    check->set_target("mysql.service");
    snapshot->add_checks()->mutable_observation()->set_check(7);
    auto* position = snapshot->add_positions();
    position->set_stream(kTransitions);
    position->set_seq(spool_.last_seq(kTransitions));
  }
  void OnLookNow(const faultline::v1::LookNow& ask) override {
    std::lock_guard<std::mutex> lock(mutex_);
    looks_.push_back(ask);
    changed_.notify_all();
  }
  void OnProbeHost(const faultline::v1::ProbeHost& ask) override {
    std::lock_guard<std::mutex> lock(mutex_);
    probes_.push_back(ask);
    changed_.notify_all();
  }
  void OnLinkState(bool connected, const std::string& why) override {
    std::lock_guard<std::mutex> lock(mutex_);
    states_.emplace_back(connected, why);
    changed_.notify_all();
  }

  void OnRefused() override { ++refused_; }
  int refused() const { return refused_; }

  bool WaitForLook() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return !looks_.empty(); });
  }
  bool WaitForProbe() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return !probes_.empty(); });
  }
  // Until a failure was told of that has `text` in it.
  bool WaitForFailure(const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      for (const auto& [connected, why] : states_) {
        if (!connected && why.find(text) != std::string::npos) return true;
      }
      return false;
    });
  }
  bool WaitForConnected(size_t times = 1) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      size_t count = 0;
      for (const auto& state : states_) count += state.first ? 1 : 0;
      return count >= times;
    });
  }
  bool was_connected() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& state : states_) {
      if (state.first) return true;
    }
    return false;
  }
  std::string last_failure() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto state = states_.rbegin(); state != states_.rend(); ++state) {
      if (!state->first) return state->second;
    }
    return "";
  }
  std::vector<faultline::v1::LookNow> looks() {
    std::lock_guard<std::mutex> lock(mutex_);
    return looks_;
  }
  std::vector<faultline::v1::ProbeHost> probes() {
    std::lock_guard<std::mutex> lock(mutex_);
    return probes_;
  }

 private:
  spool::Spool& spool_;
  std::atomic<int> refused_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<faultline::v1::LookNow> looks_;
  std::vector<faultline::v1::ProbeHost> probes_;
  std::vector<std::pair<bool, std::string>> states_;
};

class LinkTest : public ::testing::Test {
 protected:
  LinkTest()
      : collector_(authority_.pem(), authority_.Issue(testing_certificates::kCollectorName)),
        spool_(spool::OpenSpool(dir_.path() + "/spool")),
        source_(*spool_) {
    options_.server_name = "faultline-collector";
    options_.tls = testing_certificates::WriteFiles(
        dir_.path(), "agent", authority_.pem(), authority_.Issue(testing_certificates::kAgentName));
    options_.min_backoff = Span::Millis(20);
    options_.max_backoff = Span::Millis(200);
    hello_.set_agent_version("0.1.0");
    hello_.add_features("look_now");
    hello_.add_addresses("10.0.2.10");
    hello_.set_boot_id("boot");
  }

  void StartCollector() {
    collector_.Start();
    options_.address = collector_.address();
  }
  void StartLink() { link_ = Link::Start(options_, hello_, *spool_, source_, clock_); }

  uint64_t AppendTransition(const std::string& detail) {
    const uint64_t seq = spool_->Append(kTransitions, spool::Transition(detail));
    if (link_ != nullptr) link_->Wake();
    return seq;
  }
  // The transition `seq` has come on the newest stream.
  bool WaitForTransition(uint64_t seq) {
    return collector_.WaitFor([&](const std::vector<Said>& said) {
      if (said.empty()) return false;
      const auto records = RecordsOf(said.back(), kTransitions);
      return !records.empty() && records.back().seq() >= seq;
    });
  }

  spool::TempDir dir_;
  testing_certificates::Authority authority_;
  FakeCollector collector_;
  std::unique_ptr<spool::Spool> spool_;
  TestSource source_;
  SystemClock clock_;
  LinkOptions options_;
  faultline::v1::Hello hello_;
  std::unique_ptr<Link> link_;
};

}  // namespace faultline::link
