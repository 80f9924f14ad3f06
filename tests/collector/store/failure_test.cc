// A store that cannot write, or must not be opened.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "collector/store/schema.h"
#include "gmock/gmock.h"
#include "tests/collector/store/store_samples.h"

namespace faultline::store {
namespace {

using testing::HasSubstr;

class FailureTest : public StoreTest {
 protected:
  static absl::Status OpenError(const SqliteOptions& options) {
    static const SystemClock clock;
    return OpenSqliteStore(options, clock).status();
  }
};

// No file of this process may grow past `bytes`: every write beyond fails, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit narrow{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &narrow);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

bool WaitUntil(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_F(FailureTest, AFullDiskDelaysACommitAndLosesNothing) {
  auto store = MustOpen(Options());
  Commit first;
  first.outbox = {SampleNotification(42, 1)};
  ASSERT_TRUE(CommitAndWait(*store, first));
  ASSERT_EQ(store->Tally("pager")->waiting, 1u);

  std::atomic<bool> done = false;
  std::atomic<bool> marked = false;
  const WallTime before = SystemClock().Now();
  {
    FullDisk full(1);
    Commit commit;
    commit.incidents = {SampleIncident(43)};
    store->Submit(std::move(commit), [&] { done = true; });
    ASSERT_TRUE(WaitUntil([&] { return store->failing_since().ns != 0; }));
    EXPECT_GE(store->failing_since(), before);
    EXPECT_THAT(store->last_error(), HasSubstr(Options().path));
    EXPECT_THAT(std::string(store->Health().failure.message()), HasSubstr("(File too large)"));
    EXPECT_EQ(store->Health().path, Options().path);
    EXPECT_FALSE(done);
    OutboxMark mark;
    mark.channel = "pager";
    mark.incident = 42;
    mark.version = 1;
    store->Mark(mark, [&] { marked = true; });
    // Readers go on.
    EXPECT_TRUE(store->GetIncident(43).status().code() == absl::StatusCode::kNotFound);
    EXPECT_TRUE(store->Load().ok());
    EXPECT_EQ(store->Tally("pager")->waiting, 1u);
    EXPECT_FALSE(marked);
  }
  ASSERT_TRUE(WaitUntil([&] { return done.load() && marked.load(); }));
  EXPECT_EQ(store->failing_since().ns, 0);
  EXPECT_EQ(store->last_error(), "");
  EXPECT_TRUE(store->Health().failure.ok());
  EXPECT_TRUE(store->GetIncident(43).ok());
  EXPECT_EQ(store->Tally("pager")->waiting, 0u) << "the mark was kept and made";
}

TEST_F(FailureTest, ClosingAFailingStoreEndsAndNeverSaysDone) {
  auto store = MustOpen(Options());
  std::atomic<bool> done = false;
  FullDisk full(1);
  Commit commit;
  commit.incidents = {SampleIncident(43)};
  store->Submit(std::move(commit), [&] { done = true; });
  store.reset();
  EXPECT_FALSE(done);
}

TEST_F(FailureTest, ADatabaseOfANewerCollectorIsRefused) {
  MustOpen(Options());
  {
    auto writer = Connection::Open(Options().path, Access::kWriter);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Execute("PRAGMA user_version = 1000").ok());
  }
  const absl::Status status = OpenError(Options());
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status << ": starting again would not mend it";
  EXPECT_THAT(std::string(status.message()), HasSubstr(Options().path));
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer collector (schema 1000"));
}

TEST_F(FailureTest, AnInterruptedMigrationIsDoneAgainWhole) {
  std::ofstream(Options().path).flush();
  auto writer = Connection::Open(Options().path, Access::kWriter);
  ASSERT_TRUE(writer.ok());
  // A table in the way makes the first step fail after it has made others.
  ASSERT_TRUE((*writer)->Execute("CREATE TABLE outbox (x)").ok());
  EXPECT_FALSE(Migrate(**writer).ok());
  EXPECT_EQ((*writer)->QueryInt("PRAGMA user_version").value_or(-1), 0);
  EXPECT_EQ((*writer)->QueryInt("SELECT count(*) FROM sqlite_schema WHERE name = 'hosts'").value(),
            0);
  ASSERT_TRUE((*writer)->Execute("DROP TABLE outbox").ok());
  EXPECT_TRUE(Migrate(**writer).ok());
  EXPECT_EQ((*writer)->QueryInt("PRAGMA user_version").value_or(-1), SchemaVersion());
}

TEST_F(FailureTest, ASecondCollectorOnTheSameDatabaseIsRefused) {
  auto store = MustOpen(Options());
  const absl::Status status = OpenError(Options());
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("in use by another collector"));
  store.reset();
  EXPECT_NE(MustOpen(Options()), nullptr) << "and let in when the first has gone";
}

TEST_F(FailureTest, PathsThatCannotHoldADatabaseAreNamed) {
  std::ofstream(directory_ / "file").flush();
  const absl::Status below_file = OpenError({directory_ / "file/faultline.db", {}});
  EXPECT_THAT(std::string(below_file.message()), HasSubstr(directory_ / "file"));
  std::filesystem::create_directory(directory_ / "folder");
  const absl::Status folder = OpenError({directory_ / "folder", {}});
  EXPECT_FALSE(folder.ok());
  EXPECT_THAT(std::string(folder.message()), HasSubstr(directory_ / "folder"));
}

TEST_F(FailureTest, NobodyElseMayReadTheDatabase) {
  const SqliteOptions options{directory_ / "made/below/faultline.db", {}};
  const auto mode = [](const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  };
  const mode_t before = umask(0);
  auto store = MustOpen(options);
  ASSERT_TRUE(CommitAndWait(*store, {}));
  umask(before);
  EXPECT_EQ(mode(directory_ / "made"), 0700u);
  EXPECT_EQ(mode(directory_ / "made/below"), 0700u);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    EXPECT_EQ(mode(options.path + suffix), 0600u) << suffix;
  }
}

TEST_F(FailureTest, AReaderCannotWrite) {
  MustOpen(Options());
  auto reader = Connection::Open(Options().path, Access::kReader);
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(absl::IsPermissionDenied((*reader)->Execute("DELETE FROM outbox")));
}

TEST_F(FailureTest, ABadStatementSaysSoOnceAndKeepsSayingIt) {
  MustOpen(Options());
  auto reader = Connection::Open(Options().path, Access::kReader);
  ASSERT_TRUE(reader.ok());
  Statement bad = (*reader)->Prepare("SELECT x FROM nowhere WHERE x = ?");
  bad.Bind(1, "text", At(1));
  EXPECT_THAT(std::string(bad.Step().status().message()), HasSubstr("no such table: nowhere"));
  EXPECT_FALSE(bad.Run().ok());
}

}  // namespace
}  // namespace faultline::store
