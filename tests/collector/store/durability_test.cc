// `done` means durable: also for a process that is killed the moment after.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

class DurabilityTest : public StoreTest {};

// Commits transitions 1, 2, 3, ... without waiting for each, and writes each number to `out` once
// its commit is done. Never returns.
[[noreturn]] void CommitForever(const SqliteOptions& options, int out) {
  static const SystemClock clock;
  auto store = OpenSqliteStore(options, clock);
  if (!store.ok()) _exit(1);
  for (uint64_t seq = 1;; ++seq) {
    Commit commit;
    commit.transitions = {SampleTransition(seq)};
    commit.transitions[0].received = clock.Now();
    commit.positions = {{Db1(), "spool-a", Stream::kTransitions, seq}};
    commit.incidents = {SampleIncident(seq)};
    commit.outbox = {SampleNotification(seq, 1)};
    (*store)->Submit(std::move(commit), [out, seq] {
      if (write(out, &seq, sizeof(seq)) != sizeof(seq)) _exit(1);
    });
    // A few in flight, as a busy collector has them.
    if (seq % 8 == 0 && !CommitAndWait(**store, Commit())) _exit(1);
  }
}

TEST_F(DurabilityTest, AKilledCollectorHasEverythingThatDoneWasCalledFor) {
  for (uint64_t rounds = 1; rounds <= 5; ++rounds) {
    fakes::TempDirectory directory;
    const SqliteOptions options{directory / "faultline.db", {"pager"}};
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_ends[0]);
      CommitForever(options, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    uint64_t done = 0;
    while (done < 20 * rounds && read(pipe_ends[0], &done, sizeof(done)) == sizeof(done)) {
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    // What it said in its last moments counts too.
    while (read(pipe_ends[0], &done, sizeof(done)) == sizeof(done)) {
    }
    close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    ASSERT_GE(done, 20 * rounds);

    auto store = MustOpen(options);
    ASSERT_NE(store, nullptr);
    auto loaded = store->Load();
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    ASSERT_EQ(loaded->positions.size(), 1u);
    const uint64_t stored = loaded->positions[0].seq;
    EXPECT_GE(stored, done);
    // All or nothing: whatever more was stored, its parts agree.
    EXPECT_EQ(CountRows(options.path, "transitions"), static_cast<int64_t>(stored));
    EXPECT_EQ(loaded->last_incident_id, stored);
    EXPECT_EQ(store->Tally("pager")->waiting, stored);
  }
}

TEST_F(DurabilityTest, WhatCameWhileACommitRanIsOneTransaction) {
  auto store = MustOpen(Options());
  constexpr uint64_t kCommits = 500;
  std::promise<void> first_is_done;
  std::promise<void> may_go_on;
  std::shared_future<void> go_on = may_go_on.get_future().share();
  store->Submit({}, [&] {
    first_is_done.set_value();
    go_on.wait();  // holds the writer as a slow disk would
  });
  first_is_done.get_future().wait();
  uint64_t done = 0;  // the store's thread only, until the last one is done
  std::vector<int64_t> seen;
  for (uint64_t seq = 1; seq <= kCommits; ++seq) {
    Commit commit;
    commit.transitions = {SampleTransition(seq)};
    commit.transitions[0].received = SystemClock().Now();
    store->Submit(std::move(commit), [&, seq] {
      EXPECT_EQ(++done, seq) << "done in order";
      if (seq == 1) seen.push_back(CountRows(Options().path, "transitions"));
    });
  }
  may_go_on.set_value();
  ASSERT_TRUE(CommitAndWait(*store, {}));
  EXPECT_EQ(done, kCommits);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0], static_cast<int64_t>(kCommits)) << "all were durable when the first was";
}

TEST_F(DurabilityTest, ClosingCommitsWhatIsQueued) {
  int done = 0;
  {
    auto store = MustOpen(Options());
    for (uint64_t seq = 1; seq <= 100; ++seq) {
      Commit commit;
      commit.transitions = {SampleTransition(seq)};
      commit.transitions[0].received = SystemClock().Now();
      store->Submit(std::move(commit), [&] { ++done; });
    }
  }
  EXPECT_EQ(done, 100);
  EXPECT_EQ(CountRows(Options().path, "transitions"), 100);
}

}  // namespace
}  // namespace faultline::store
