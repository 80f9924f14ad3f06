#include "agent/host/worker_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

TEST(WorkerPoolTest, RunsEverythingThatIsSubmitted) {
  std::atomic<int> ran = 0;
  std::promise<void> all;
  WorkerPool pool(3, 1000);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(pool.Submit([&] {
      if (++ran == 500) all.set_value();
    }));
  }
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST(WorkerPoolTest, WorksOnAsManyThingsAtOnceAsItHasThreads) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> inside = 0;
  std::promise<void> all_inside;
  WorkerPool pool(3, 10);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.Submit([&, released] {
      if (++inside == 3) all_inside.set_value();
      released.wait();
    }));
  }
  EXPECT_EQ(all_inside.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  release.set_value();
}

TEST(WorkerPoolTest, SaysFalseWhenTheQueueIsFull) {
  std::promise<void> release;
  std::promise<void> started;
  std::shared_future<void> released = release.get_future().share();
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.Submit([&, released] {
    started.set_value();
    released.wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_FALSE(pool.Submit([] {}));
  release.set_value();
}

TEST(WorkerPoolTest, TheDestructorWaitsForWhatRunsAndDropsWhatWaits) {
  std::atomic<bool> finished = false;
  std::atomic<bool> dropped_ran = false;
  std::promise<void> started;
  auto witness = std::make_shared<int>(0);
  {
    WorkerPool pool(1, 2);
    ASSERT_TRUE(pool.Submit([&] {
      started.set_value();
      // Still at work when the destructor begins; it holds its own deadline, as work must.
      std::promise<void> never;
      never.get_future().wait_for(std::chrono::milliseconds(50));
      finished = true;
    }));
    started.get_future().wait();
    ASSERT_TRUE(pool.Submit([&dropped_ran, witness] { dropped_ran = true; }));
  }
  EXPECT_TRUE(finished);
  EXPECT_FALSE(dropped_ran);
  EXPECT_EQ(witness.use_count(), 1);
}

// A system call that does not return: opening a FIFO that nobody writes to, as a file on a dead NFS
// server would. The destructor lets go of whoever hangs.
class HangingOpen {
 public:
  HangingOpen() { EXPECT_EQ(mkfifo(path().c_str(), 0600), 0); }
  ~HangingOpen() { Release(); }
  HangingOpen(const HangingOpen&) = delete;
  HangingOpen& operator=(const HangingOpen&) = delete;

  // Owns all that it touches, as work that may hang must.
  std::function<void()> Work() {
    return [path = path(), entered = entered_, returned = returned_] {
      ++*entered;
      const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
      ++*returned;
      close(fd);
    };
  }
  int entered() const { return *entered_; }
  int returned() const { return *returned_; }

  // Opening for writing succeeds only while a reader is there, or is coming.
  bool Release() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (*returned_ < *entered_ && std::chrono::steady_clock::now() < deadline) {
      const int fd = open(path().c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      if (fd >= 0) close(fd);
      std::this_thread::yield();
    }
    return *returned_ == *entered_;
  }

 private:
  std::string path() const { return directory_ / "fifo"; }

  fakes::TempDirectory directory_;
  std::shared_ptr<std::atomic<int>> entered_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> returned_ = std::make_shared<std::atomic<int>>(0);
};

Job Named(const std::string& name, Span deadline, std::function<void()> work) {
  Job job;
  job.name = name;
  job.deadline = deadline;
  job.work = std::move(work);
  return job;
}

TEST(WorkerPoolTest, HungSystemCallsDoNotStallTheWorkOfOthers) {
  HangingOpen hanging;
  WorkerPool pool(2, 100);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(pool.Submit(Named("disk /mnt/dead", Span::Millis(50), hanging.Work())));
  }
  std::promise<void> ran;
  ASSERT_TRUE(pool.Submit([&] { ran.set_value(); }));
  ASSERT_EQ(ran.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(hanging.entered(), 4);
  EXPECT_EQ(hanging.returned(), 0);
  EXPECT_TRUE(hanging.Release());
}

TEST(WorkerPoolTest, SaysWhatIsStuck) {
  HangingOpen hanging;
  WorkerPool pool(1, 100);
  ASSERT_TRUE(pool.Submit(Named("disk /mnt/dead", Span::Millis(20), hanging.Work())));
  std::promise<void> ran;
  ASSERT_TRUE(pool.Submit(Named("certificate", Span::Seconds(30), [&] {
    // Runs only because the other is stuck.
    ran.set_value();
  })));
  ASSERT_EQ(ran.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  const auto stuck = pool.Stuck();
  ASSERT_EQ(stuck.size(), 1U);
  EXPECT_EQ(stuck[0].name, "disk /mnt/dead");
  EXPECT_GE(stuck[0].running, Span::Millis(20));
  EXPECT_NE(pool.WhyBusy().find("stuck: disk /mnt/dead for "), std::string::npos);
  EXPECT_TRUE(hanging.Release());
}

TEST(WorkerPoolTest, StuckThreadsAreReplacedOnlyUpToABound) {
  HangingOpen hanging;
  WorkerPool pool(1, 2, /*max_stuck=*/2);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  // One works, two replace it and then hang as well, one more waits for ever; two fill the queue.
  bool full = false;
  while (!full && std::chrono::steady_clock::now() < deadline) {
    full = !pool.Submit(Named("dead", Span::Millis(5), hanging.Work())) &&
           pool.Stuck().size() == static_cast<size_t>(hanging.entered()) && hanging.entered() >= 4;
  }
  EXPECT_TRUE(full);
  EXPECT_EQ(hanging.entered(), 4);
  EXPECT_EQ(pool.WhyBusy().find("and 1 more") != std::string::npos, true) << pool.WhyBusy();
  // The queue empties as they come back.
  EXPECT_TRUE(hanging.Release());
}

TEST(WorkerPoolTest, TheDestructorLeavesBehindWhatIsStuckAndNothingIsDeliveredAfterIt) {
  HangingOpen hanging;
  auto delivered = std::make_shared<std::atomic<bool>>(false);
  {
    WorkerPool pool(1, 10);
    Job job = Named("disk /mnt/dead", Span::Millis(20), hanging.Work());
    job.deliver = [delivered] { *delivered = true; };
    ASSERT_TRUE(pool.Submit(std::move(job)));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (hanging.entered() == 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(hanging.returned(), 0);
  EXPECT_TRUE(hanging.Release());
  EXPECT_FALSE(*delivered);
}

TEST(WorkerPoolTest, AResultComesBackOnTheLoopUnlessItsReceiverIsGone) {
  auto loop = Loop::Create().value();
  WorkerPool pool(1, 10);
  auto alive = std::make_shared<int>(0);
  auto gone = std::make_shared<int>(0);
  int result = 0;
  bool told_the_gone = false;
  ASSERT_TRUE(ComputeOnWorker<int>(
      pool, *loop, "one", Span::Seconds(5), [] { return 1; }, gone,
      [&](int) { told_the_gone = true; }));
  gone.reset();
  ASSERT_TRUE(ComputeOnWorker<int>(
      pool, *loop, "two", Span::Seconds(5), [] { return 2; }, alive,
      [&](int value) { result = value; }));
  EXPECT_TRUE(RunUntil(*loop, [&] { return result == 2; }));
  EXPECT_FALSE(told_the_gone);
}

}  // namespace
}  // namespace faultline::host
