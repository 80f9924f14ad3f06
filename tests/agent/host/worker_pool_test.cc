#include "agent/host/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

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

}  // namespace
}  // namespace faultline::host
