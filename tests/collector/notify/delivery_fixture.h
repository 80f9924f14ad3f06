// A delivery between a real store and a real receiver, with a clock that can be moved.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/notify/notify.h"
#include "tests/collector/notify/notify_samples.h"
#include "tests/fakes/http_receiver.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::notify {

using fakes::HttpReceiver;

// The machine's clock plus what the test says.
class ShiftedClock : public Clock {
 public:
  WallTime Now() const override { return clock_.Now() + Span{shift_.load()}; }
  MonoTime Mono() const override { return clock_.Mono() + Span{mono_.load()}; }
  // Time goes by.
  void Shift(Span by) {
    shift_ += by.ns;
    mono_ += by.ns;
  }
  // Somebody sets the wall clock.
  void SetBack(Span by) { shift_ -= by.ns; }

 private:
  SystemClock clock_;
  std::atomic<int64_t> shift_ = 0;
  std::atomic<int64_t> mono_ = 0;
};

// Of a subject of its own, unless it says otherwise.
inline incidents::Notification Say(uint64_t incident, uint32_t version = 1, bool over = false,
                                   const std::string& subject = "",
                                   const std::string& host = "db-1") {
  incidents::Notification said = SampleNotification(incident, version);
  said.incident.subject = subject.empty() ? absl::StrCat("subject ", incident) : subject;
  said.incident.host = host;
  said.incident.notifications = version;
  if (over) {
    said.event = incidents::NotificationEvent::kResolved;
    said.incident.state = incidents::IncidentState::kResolved;
    said.incident.resolved_at = said.incident.opened_at;
    said.incident.title = absl::StrCat("RESOLVED ", said.incident.subject);
    said.incident.text = said.incident.title;
  }
  return said;
}

class DeliveryTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override { Close(); }

  void Open() {
    auto opened = store::OpenSqliteStore({directory_ / "faultline.db", {"pager"}}, clock_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    store_->set_outbox_listener([this] {
      if (Delivery* delivery = listening_.load()) delivery->Wake();
    });
  }
  void Close() {
    listening_ = nullptr;
    delivery_.reset();
    store_.reset();
  }
  void StartDelivery(Span timeout = Span::Seconds(20), const DeliveryOptions& options = {}) {
    auto notifier = MakeWebhookNotifier({"pager", receiver_.url(), timeout, ""}, clock_);
    ASSERT_TRUE(notifier.ok()) << notifier.status();
    delivery_ = Delivery::Start(*std::move(notifier), *store_, clock_, options);
    listening_ = delivery_.get();
    delivery_->Wake();  // what was committed in between told nobody
  }
  // Until it is durable.
  void Decide(std::vector<incidents::Notification> notifications) {
    store::Commit commit;
    for (const auto& said : notifications) commit.incidents.push_back(said.incident);
    commit.outbox = std::move(notifications);
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> durable = done->get_future();
    store_->Submit(std::move(commit), [done] { done->set_value(); });
    ASSERT_EQ(durable.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  }
  // "42/1 opened".
  std::vector<std::string> Received() const {
    std::vector<std::string> all;
    for (const auto& request : receiver_.requests()) {
      const std::string& key = request.headers.at("idempotency-key");
      const std::string event = request.body.substr(request.body.find("\"event\":\"") + 9);
      all.push_back(
          absl::StrCat(key.substr(key.find("base/") + 5), " ", event.substr(0, event.find('"'))));
    }
    return all;
  }
  static bool WaitUntil(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  bool WaitUntilNothingWaits() {
    return WaitUntil([this] { return delivery_->state().waiting == 0; });
  }
  bool WaitForFailures(uint64_t count) {
    return WaitUntil([&] { return delivery_->counters().failed_attempts >= count; });
  }
  bool WaitUntilTold(uint64_t incident, uint32_t version) {
    return WaitUntil([&] { return store_->Told("pager", incident)->version == version; });
  }

  fakes::TempDirectory directory_;
  ShiftedClock clock_;
  HttpReceiver receiver_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Delivery> delivery_;
  std::atomic<Delivery*> listening_ = nullptr;
};

}  // namespace faultline::notify
