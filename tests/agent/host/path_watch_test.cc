// inotify on real files, directories and symlinks.
#include "agent/host/path_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/agent/host/run_until.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

namespace fs = std::filesystem;

class PathWatchTest : public testing::Test {
 protected:
  PathWatchTest() : loop_(Loop::Create().value()) {}

  std::string operator/(const std::string& name) const { return directory_ / name; }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::app) << text;
  }
  void Watch(const std::string& name, PathEvents events = PathEvents::kReplacedOrWritten) {
    auto watch = WatchPath(*loop_, directory_ / name, events, [this] { ++calls_; });
    ASSERT_TRUE(watch.ok()) << watch.status();
    watch_ = *std::move(watch);
  }
  // What was done before has been told when this returns true.
  bool Told() {
    const bool told = RunUntil(*loop_, [this] { return calls_ > 0; });
    calls_ = 0;
    return told;
  }
  // Whatever was done before is told by now: inotify keeps the order.
  int CallsUntilNow() {
    Write("marker", "");
    bool seen = false;
    auto marker = WatchPath(*loop_, directory_ / "marker", PathEvents::kReplacedOrWritten,
                            [&seen] { seen = true; });
    EXPECT_TRUE(marker.ok());
    fs::remove(directory_ / "marker");
    EXPECT_TRUE(RunUntil(*loop_, [&] { return seen; }));
    return calls_;
  }

  const fakes::TempDirectory directory_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<PathWatch> watch_;
  int calls_ = 0;
};

TEST_F(PathWatchTest, AFileThatIsWrittenOrReplacedIsTold) {
  Write("site.pem", "one");
  Watch("site.pem");
  EXPECT_TRUE(watch_->complete());
  Write("site.pem", "two");
  EXPECT_TRUE(Told()) << "written";
  Write("new.pem", "three");
  fs::rename(*this / "new.pem", *this / "site.pem");
  EXPECT_TRUE(Told()) << "replaced";
  fs::remove(*this / "site.pem");
  EXPECT_TRUE(Told()) << "removed";
}

TEST_F(PathWatchTest, ASymlinkOnTheWayThatIsSwappedIsTold) {
  fs::create_directories(*this / "archive/one");
  fs::create_directories(*this / "archive/two");
  fs::create_directory_symlink("archive/one", *this / "live");
  Watch("live/site.pem");
  fs::create_directory_symlink("archive/two", *this / "live.new");
  fs::rename(*this / "live.new", *this / "live");
  ASSERT_TRUE(Told());
  Write("archive/two/site.pem", "there");
  EXPECT_TRUE(Told()) << "the new way is watched";
}

TEST_F(PathWatchTest, AWayThatIsMadePieceByPieceIsFollowed) {
  Watch("a/b/site.pem");
  fs::create_directories(*this / "a");
  ASSERT_TRUE(Told());
  fs::create_directories(*this / "a/b");
  ASSERT_TRUE(Told());
  Write("a/b/site.pem", "there");
  EXPECT_TRUE(Told());
}

TEST_F(PathWatchTest, AWayThatIsMadeAtOnceIsFollowed) {
  Watch("a/b/site.pem");
  fs::create_directories(*this / "a/b");
  ASSERT_TRUE(Told());
  Write("a/b/site.pem", "there");
  EXPECT_TRUE(Told());
}

TEST_F(PathWatchTest, ALogTellsOfEveryWriteAlsoWhileItIsOpen) {
  std::ofstream log(*this / "app.log");
  Watch("app.log", PathEvents::kReplacedOrGrown);
  log << "one" << std::flush;
  EXPECT_TRUE(Told());
  log << "two" << std::flush;
  EXPECT_TRUE(Told());
  fs::rename(*this / "app.log", *this / "app.log.1");
  EXPECT_TRUE(Told());
  std::ofstream again(*this / "app.log");
  EXPECT_TRUE(Told());
  again << "three" << std::flush;
  EXPECT_TRUE(Told()) << "the new file is watched";
}

TEST_F(PathWatchTest, AFileIsReadableAgainAfterARightWasGiven) {
  Write("site.pem", "one");
  Watch("site.pem");
  fs::permissions(*this / "site.pem", fs::perms::owner_read);
  EXPECT_TRUE(Told());
}

TEST_F(PathWatchTest, OneThatWasDestroyedTellsNothing) {
  Watch("site.pem");
  watch_.reset();
  Write("site.pem", "one");
  EXPECT_EQ(CallsUntilNow(), 0);
}

TEST_F(PathWatchTest, ItMayBeDestroyedByItsCallback) {
  auto watch = WatchPath(*loop_, *this / "site.pem", PathEvents::kReplacedOrWritten, [this] {
    ++calls_;
    watch_.reset();
  });
  ASSERT_TRUE(watch.ok());
  watch_ = *std::move(watch);
  Write("site.pem", "one");
  ASSERT_TRUE(RunUntil(*loop_, [this] { return calls_ > 0; }));
  Write("site.pem", "two");
  EXPECT_EQ(CallsUntilNow(), 1);
}

TEST_F(PathWatchTest, ADirectoryThatMayNotBeReadMakesItIncomplete) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read every directory";
  fs::create_directories(*this / "closed");
  fs::permissions(*this / "closed", fs::perms::owner_exec);
  Watch("closed/site.pem");
  EXPECT_FALSE(watch_->complete());
  fs::permissions(*this / "closed", fs::perms::owner_all);
}

class DecidingDirectoriesTest : public PathWatchTest {
 protected:
  using Paths = std::vector<std::string>;
};

TEST_F(DecidingDirectoriesTest, ThePlaceOfAFileDecidesAboutIt) {
  Write("site.pem", "");
  EXPECT_EQ(DecidingDirectories(*this / "site.pem"), Paths{directory_.path()});
  EXPECT_EQ(DecidingDirectories(*this / "./site.pem"), Paths{directory_.path()});
}

TEST_F(DecidingDirectoriesTest, EveryPlaceOfASymlinkDecidesToo) {
  fs::create_directories(*this / "live");
  fs::create_directories(*this / "archive");
  Write("archive/site1.pem", "");
  fs::create_symlink("../archive/site1.pem", *this / "live/site.pem");
  EXPECT_EQ(DecidingDirectories(*this / "live/site.pem"),
            (Paths{*this / "live", *this / "archive"}));
}

TEST_F(DecidingDirectoriesTest, TheLastPlaceThereIsDecidesAboutAMissingPath) {
  EXPECT_EQ(DecidingDirectories(*this / "none/at/all"), Paths{directory_.path()});
}

TEST_F(DecidingDirectoriesTest, ALoopOfSymlinksEnds) {
  fs::create_symlink("b", *this / "a");
  fs::create_symlink("a", *this / "b");
  EXPECT_EQ(DecidingDirectories(*this / "a/site.pem"), Paths{directory_.path()});
}

TEST_F(DecidingDirectoriesTest, TheRootMayBeAllThereIs) {
  EXPECT_EQ(DecidingDirectories("/faultline-none"), Paths{"/"});
  EXPECT_EQ(DecidingDirectories("/.."), Paths{});
}

}  // namespace
}  // namespace faultline::host
