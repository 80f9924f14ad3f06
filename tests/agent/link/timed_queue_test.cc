// Timers of a real completion queue, run on its own thread.
#include "agent/link/timed_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "common/grpc/completion.h"
#include "grpcpp/alarm.h"

namespace faultline::link {
namespace {

class TimedQueueTest : public testing::Test {
 protected:
  // Until a callback has ended the queue.
  void Run() {
    std::thread thread([this] { queue_.Run([this] { ++rounds_; }); });
    thread.join();
  }
  void End() { queue_.queue().Shutdown(); }

  TimedQueue queue_;
  LinkTimer end_{queue_};
  std::string said_;
  int rounds_ = 0;
};

TEST_F(TimedQueueTest, TimersFireInTheOrderOfTheirDeadlines) {
  LinkTimer late(queue_);
  LinkTimer early(queue_);
  const auto began = std::chrono::steady_clock::now();
  late.Start(Span::Millis(20), [&] { said_ += "late"; });
  early.Start(Span::Millis(5), [&] { said_ += "early "; });
  end_.Start(Span::Millis(40), [&] { End(); });
  Run();
  EXPECT_EQ(said_, "early late");
  EXPECT_EQ(rounds_, 3);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(40));
}

TEST_F(TimedQueueTest, ACancelledTimerAndOneStartedAnewFireNoMoreThanTheyShould) {
  LinkTimer cancelled(queue_);
  LinkTimer anew(queue_);
  cancelled.Start(Span::Millis(1), [&] { said_ += "cancelled"; });
  anew.Start(Span::Millis(1), [&] { said_ += "first"; });
  cancelled.Cancel();
  anew.Start(Span::Millis(2), [&] { said_ += "second"; });
  end_.Start(Span::Millis(20), [&] { End(); });
  Run();
  EXPECT_EQ(said_, "second");
}

TEST_F(TimedQueueTest, ACallbackMayStartItsTimerAnewAndDestroyIt) {
  auto timer = std::make_unique<LinkTimer>(queue_);
  timer->Start(Span::Millis(1), [&] {
    timer->Start(Span::Millis(1), [&] {
      said_ += "destroyed";
      timer.reset();
      End();
    });
    said_ += "anew ";
  });
  Run();
  EXPECT_EQ(said_, "anew destroyed");
}

TEST_F(TimedQueueTest, WhatTheQueueHandsBackIsCompletedBetweenTimers) {
  grpc::Alarm alarm;
  FunctionTag tag([&](bool ok) {
    said_ += ok ? "completed " : "failed ";
    end_.Start(Span::Millis(1), [&] {
      said_ += "ended";
      End();
    });
  });
  alarm.Set(&queue_.queue(), gpr_inf_past(GPR_CLOCK_REALTIME), &tag);
  Run();
  EXPECT_EQ(said_, "completed ended");
}

TEST_F(TimedQueueTest, NothingFiresOnceTheQueueHasEnded) {
  LinkTimer timer(queue_);
  timer.Start(Span::Seconds(3600), [&] { said_ += "fired"; });
  end_.Start(Span{}, [&] { End(); });
  Run();
  EXPECT_EQ(said_, "");
}

}  // namespace
}  // namespace faultline::link
