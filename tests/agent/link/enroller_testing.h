// An agent that is nothing but its enroller, and an enrolment service to talk to.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/link/enroller.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/link/fake_enrolment.h"
#include "tests/agent/spool/spool_testing.h"

namespace faultline::link {

inline constexpr char kToken[] = "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz";
inline constexpr char kOtherToken[] = "ftok.abcdefghij.bbcdefghijklmnopqrstuvwxyz";

// The machine's clock, moved by the test.
class ShiftedClock : public Clock {
 public:
  WallTime Now() const override { return clock_.Now() + Span{wall_}; }
  MonoTime Mono() const override { return clock_.Mono() + Span{mono_}; }
  void Shift(Span wall, Span mono) {
    wall_ += wall.ns;
    mono_ += mono.ns;
  }

 private:
  const SystemClock clock_;
  std::atomic<int64_t> wall_ = 0;
  std::atomic<int64_t> mono_ = 0;
};

class TestListener : public Enroller::Listener {
 public:
  void OnCredentials() override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++credentials_;
    changed_.notify_all();
  }
  void OnJoinState(const JoinState& state) override {
    std::lock_guard<std::mutex> lock(mutex_);
    states_.push_back(state);
    changed_.notify_all();
  }
  // False after 20 s.
  bool WaitForCredentials(int times = 1) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return credentials_ >= times; });
  }
  // Until a state was told with this reason and text in its detail.
  bool WaitForState(const std::string& reason, const std::string& text = "") {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      for (const JoinState& state : states_) {
        if (state.reason == reason && state.detail.find(text) != std::string::npos) return true;
      }
      return false;
    });
  }
  // What was told before no longer counts.
  void ForgetStates() {
    std::lock_guard<std::mutex> lock(mutex_);
    states_.clear();
  }
  std::vector<JoinState> states() {
    std::lock_guard<std::mutex> lock(mutex_);
    return states_;
  }
  int credentials() {
    std::lock_guard<std::mutex> lock(mutex_);
    return credentials_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int credentials_ = 0;
  std::vector<JoinState> states_;
};

class EnrollerTest : public ::testing::Test {
 protected:
  EnrollerTest() : collector_(clock_) {
    collector_.AddToken(kToken);
    WriteToken(kToken);
    options_.target.server_name = "faultline-collector";
    options_.token_file = token_file_;
    options_.applicant.host = "db-1";
    options_.applicant.describe = [](faultline::v1::EnrolRequest* request) {
      request->set_boot_id("boot");
      request->add_addresses("10.0.2.10");
    };
    options_.min_backoff = Span::Millis(10);
    options_.max_backoff = Span::Millis(100);
    options_.token_look = Span::Millis(10);
  }
  ~EnrollerTest() override { enroller_.reset(); }

  void WriteToken(const std::string& text, int mode = 0600) {
    testing_certificates::WriteFile(token_file_, text + "\n");
    ASSERT_EQ(chmod(token_file_.c_str(), static_cast<mode_t>(mode)), 0);
  }
  void StartCollector() {
    collector_.Start();
    options_.target.address = collector_.address();
  }
  void StartEnroller() {
    auto store = IdentityStore::Open(state_dir());
    ASSERT_TRUE(store.ok()) << store.status();
    enroller_ = Enroller::Make(options_, *std::move(store), clock_);
    enroller_->Start(listener_);
  }
  // What is on disk. The enroller has it open, so it is read beside it.
  absl::StatusOr<Identity> OnDisk() {
    return ParseIdentity(spool::Slurp(state_dir() + "/identity/identity.pem"));
  }
  std::string state_dir() const { return dir_.path() + "/state"; }

  ShiftedClock clock_;
  spool::TempDir dir_;
  const std::string token_file_ = dir_.path() + "/join-token";
  FakeEnrolment collector_;
  TestListener listener_;
  EnrollerOptions options_;
  std::unique_ptr<Enroller> enroller_;
};

}  // namespace faultline::link
