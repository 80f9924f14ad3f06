#include "agent/host/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <thread>
#include <vector>

#include "tests/agent/host/run_until.h"

namespace faultline::host {
namespace {

int64_t BoottimeNs() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class LoopTest : public testing::Test {
 protected:
  LoopTest() {
    auto loop = Loop::Create();
    EXPECT_TRUE(loop.ok()) << loop.status();
    loop_ = std::move(*loop);
    EXPECT_EQ(pipe2(pipe_, O_CLOEXEC | O_NONBLOCK), 0);
  }
  ~LoopTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  std::unique_ptr<Loop> loop_;
  int pipe_[2] = {-1, -1};
};

TEST_F(LoopTest, CallsBackWhenAFileDescriptorIsReadable) {
  uint32_t seen = 0;
  auto source = loop_->WatchFd(pipe_[0], EPOLLIN, [&](uint32_t events) {
    seen = events;
    loop_->Stop();
  });
  ASSERT_TRUE(source.ok()) << source.status();
  ASSERT_EQ(write(pipe_[1], "x", 1), 1);
  ASSERT_TRUE(loop_->Run().ok());
  EXPECT_EQ(seen, static_cast<uint32_t>(EPOLLIN));
}

TEST_F(LoopTest, RefusesAFileDescriptorThatCannotBeWatched) {
  auto source = loop_->WatchFd(-1, EPOLLIN, [](uint32_t) {});
  EXPECT_FALSE(source.ok());
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  source = loop_->WatchFd(file, EPOLLIN, [](uint32_t) {});
  EXPECT_FALSE(source.ok()) << "regular files are always ready and not for epoll";
  close(file);
}

TEST_F(LoopTest, ADestroyedSourceNeverCallsBackAgain) {
  int calls = 0;
  auto source = loop_->WatchFd(pipe_[0], EPOLLIN, [&](uint32_t) { ++calls; });
  ASSERT_TRUE(source.ok());
  ASSERT_EQ(write(pipe_[1], "x", 1), 1);
  source->reset();
  const auto end = loop_->After(Span::Millis(20), [&] { loop_->Stop(); });
  ASSERT_TRUE(loop_->Run().ok());
  EXPECT_EQ(calls, 0);
}

TEST_F(LoopTest, ASourceMayDestroyItselfInItsCallback) {
  std::unique_ptr<LoopSource> timer;
  std::unique_ptr<LoopSource> watch;
  const std::string witness(100, 'w');  // captured: must outlive the call
  std::string after_reset;
  timer = loop_->Every(Span{}, Span::Millis(1), [&timer, &after_reset, witness] {
    timer.reset();
    after_reset = witness;
  });
  bool watched = false;
  auto made = loop_->WatchFd(pipe_[0], EPOLLIN, [&watch, &watched, witness](uint32_t) {
    watch.reset();
    watched = witness.size() == 100;
  });
  ASSERT_TRUE(made.ok());
  watch = std::move(*made);
  ASSERT_EQ(write(pipe_[1], "x", 1), 1);
  EXPECT_TRUE(RunUntil(*loop_, [&] { return watched && !after_reset.empty(); }));
  EXPECT_EQ(after_reset, witness);
}

TEST_F(LoopTest, ATimerIsNeverEarlyAndComesOnce) {
  const int64_t start = BoottimeNs();
  int64_t fired = 0;
  int calls = 0;
  const auto timer = loop_->After(Span::Millis(30), [&] {
    fired = BoottimeNs();
    ++calls;
  });
  const auto end = loop_->After(Span::Millis(80), [&] { loop_->Stop(); });
  ASSERT_TRUE(loop_->Run().ok());
  EXPECT_EQ(calls, 1);
  EXPECT_GE(fired - start, 30'000'000);
}

TEST_F(LoopTest, LateTicksAreSkippedAndNotMadeUpFor) {
  int calls = 0;
  const int64_t start = BoottimeNs();
  const auto timer = loop_->Every(Span{}, Span::Millis(10), [&] {
    if (++calls == 1) {
      while (BoottimeNs() - start < 100'000'000) {
      }  // the loop is starved for ten ticks
    }
    if (calls == 4) loop_->Stop();
  });
  ASSERT_TRUE(loop_->Run().ok());
  // The second comes late, at 100 ms; the third at the next tick after that, which may be near.
  EXPECT_GE(BoottimeNs() - start, 110'000'000) << "ticks that were missed came all at once";
}

TEST_F(LoopTest, RunsWhatOtherThreadsPost) {
  std::atomic<int> left = 4 * 250;
  int ran = 0;  // only touched on the loop's thread
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) {
        loop_->Post([&] {
          ++ran;
          if (--left == 0) loop_->Stop();
        });
      }
    });
  }
  ASSERT_TRUE(loop_->Run().ok());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, 1000);
}

TEST_F(LoopTest, PostedWorkRunsInOrderAndMayPostAgain) {
  std::vector<int> order;
  loop_->Post([&] {
    order.push_back(1);
    loop_->Post([&] {
      order.push_back(3);
      loop_->Stop();
    });
  });
  loop_->Post([&] { order.push_back(2); });
  ASSERT_TRUE(loop_->Run().ok());
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST_F(LoopTest, StopFromAnotherThreadEndsAnIdleLoop) {
  std::thread stopper([&] { loop_->Stop(); });
  EXPECT_TRUE(loop_->Run().ok());
  stopper.join();
}

TEST_F(LoopTest, DropsWhatWasPostedWhenItIsDestroyed) {
  auto witness = std::make_shared<int>(1);
  loop_->Post([witness] { FAIL() << "never run"; });
  loop_.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace faultline::host
