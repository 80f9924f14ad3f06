// The disk check on real file systems: full, without inodes, read-only, missing, dead.
#include <filesystem>

#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/private_mounts.h"

namespace faultline::checks {
namespace {

class DiskCheckTest : public CheckTest {
 protected:
  void Look(const config::CheckConfig& config) {
    Start(config);
    ASSERT_TRUE(Until([&] { return !sink_.seen.empty(); }));
  }
  config::CheckConfig Disk(const std::string& path) {
    config::CheckConfig config = Config("disk", path);
    config.interval = Span::Seconds(1);
    return config;
  }
};

// What follows mounts, in a namespace of its own.
class MountedDiskCheckTest : public DiskCheckTest {
 protected:
  void SetUp() override {
    if (!mounts_.why_not().empty()) GTEST_SKIP() << mounts_.why_not();
    std::filesystem::create_directories(path_);
  }
  void TearDown() override { check_.reset(); }
  void Mount(const std::string& options) {
    ASSERT_TRUE(mounts_.Mount(path_, "tmpfs", options)) << strerror(errno);
  }
  void Fill(size_t bytes) { AppendFile(path_ + "/fill", std::string(bytes, 'x')); }
  config::CheckConfig Small() {
    config::CheckConfig config = Disk(path_);
    SetOption(&config, "enough_free", {"0"});
    return config;
  }

  const std::string path_ = directory_ / "data";
  host::PrivateMounts mounts_;
};

TEST_F(DiskCheckTest, TheRootOfThisMachineIsMeasured) {
  Look(Disk("/"));
  const Observation& seen = sink_.seen.back();
  EXPECT_NE(seen.state, State::kUnknown) << Last();
  EXPECT_EQ(seen.detail.find("/: "), 0U) << Last();
  ASSERT_GE(seen.gauges.size(), 3U);
  EXPECT_EQ(seen.gauges[0].name, "filesystem_size_bytes");
  EXPECT_GT(seen.gauges[0].value, 0);
}

TEST_F(DiskCheckTest, APathThatIsNotThereIsUnknownAndNamed) {
  Look(Disk(directory_ / "none"));
  EXPECT_TRUE(sink_.Saw(State::kUnknown, "PATH_NOT_FOUND")) << Last();
}

TEST_F(DiskCheckTest, ADirectoryThatMayNotBeEnteredIsUnknownAndSaysWhatToDo) {
  std::filesystem::create_directories(directory_ / "closed/data");
  std::filesystem::permissions(directory_ / "closed", std::filesystem::perms::none);
  const WithoutCapabilities plain;
  Look(Disk(directory_ / "closed/data"));
  EXPECT_TRUE(sink_.Saw(State::kUnknown, "RIGHT_MISSING")) << Last();
}

TEST_F(DiskCheckTest, TargetsAndLimitsAreValidated) {
  EXPECT_NE(ConfigError(Config("disk", "var")).find("absolute path"), std::string::npos);
  config::CheckConfig config = Config("disk", "/");
  SetOption(&config, "warn_free", {"5GB"});
  EXPECT_NE(ConfigError(config).find("warn_free: \"5GB\" is not a size"), std::string::npos);
  config = Config("disk", "/");
  SetOption(&config, "warn", {"97"});
  EXPECT_NE(ConfigError(config).find("warn: is above critical"), std::string::npos);
}

TEST_F(MountedDiskCheckTest, AFullTmpfsIsCriticalAndWellAgainWhenEmptied) {
  Mount("size=1m");
  Fill(2 << 20);  // more than fits
  Look(Small());
  ASSERT_TRUE(sink_.Saw(State::kCritical, "DISK_FULL")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("100 % of 1 MiB used, 0 B left"), std::string::npos)
      << Last();
  std::filesystem::remove(path_ + "/fill");
  bool done = false;
  check_->LookNow([&] { done = true; });
  ASSERT_TRUE(Until([&] { return done; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

TEST_F(MountedDiskCheckTest, ATmpfsWithoutInodesIsCritical) {
  Mount("size=1m,nr_inodes=20");
  for (int i = 0; i < 30; ++i) WriteFile(path_ + "/" + std::to_string(i), "");
  Look(Small());
  EXPECT_TRUE(sink_.Saw(State::kCritical, "INODES_FULL")) << Last();
}

TEST_F(MountedDiskCheckTest, OneThatBecomesReadOnlyIsAnOutage) {
  Mount("size=1m");
  Look(Small());
  ASSERT_TRUE(sink_.Saw(State::kOk, "")) << Last();
  // Only this mount, as under ProtectSystem=strict: no outage.
  ASSERT_TRUE(mounts_.Remount(path_, MS_BIND | MS_RDONLY));
  const size_t before = sink_.seen.size();
  check_->LookNow([] {});
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  ASSERT_TRUE(sink_.Saw(State::kOk, "")) << Last();
  ASSERT_TRUE(mounts_.Remount(path_, MS_RDONLY));
  EXPECT_TRUE(UntilSaw(State::kCritical, "READ_ONLY_FS")) << Last();
}

TEST_F(MountedDiskCheckTest, OneThatIsUnmountedIsAnOutageWhereItMustBeMounted) {
  Mount("size=1m");
  config::CheckConfig config = Small();
  SetOption(&config, "mount_point", {"true"});
  Look(config);
  ASSERT_TRUE(sink_.Saw(State::kOk, "")) << Last();
  ASSERT_EQ(umount2(path_.c_str(), MNT_DETACH), 0);
  EXPECT_TRUE(UntilSaw(State::kCritical, "NOT_MOUNTED")) << Last();
}

TEST_F(MountedDiskCheckTest, ADeadFileSystemIsUnknownAndStallsNobodyElse) {
  host::DeadFilesystem dead(mounts_, path_);
  if (!dead.mounted()) GTEST_SKIP() << "no FUSE here to play a dead server";
  config::CheckConfig config = Disk(path_);
  SetOption(&config, "deadline", {"200ms"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kUnknown, "STATFS_HUNG")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("a dead NFS server?"), std::string::npos);
  // The pool counts from when the worker began, a moment later.
  ASSERT_TRUE(Until([&] { return workers_.Stuck().size() == 1; }));
  EXPECT_EQ(workers_.Stuck()[0].name, "disk " + path_);
  // The pool has one worker, and that one hangs: another check goes on all the same.
  RecordingSink other_sink;
  CheckContext context{*loop_, workers_, *systemd_, clock_, other_sink, directory_.path};
  auto other = FindCheckKind("disk")->make(Disk("/"), context);
  other->Start();
  EXPECT_TRUE(Until([&] { return !other_sink.seen.empty(); }));
  ASSERT_FALSE(other_sink.seen.empty());
  EXPECT_NE(other_sink.seen.back().state, State::kUnknown) << other_sink.seen.back().detail;
  // A look that is asked for is answered, and no second one hangs beside the first.
  bool done = false;
  check_->LookNow([&] { done = true; });
  EXPECT_TRUE(Until([&] { return done; }));
  EXPECT_EQ(workers_.Stuck().size(), 1U);
  dead.Revive();
  EXPECT_TRUE(Until([&] { return workers_.Stuck().empty(); }));
  EXPECT_TRUE(UntilSaw(State::kUnknown, "STATFS_FAILED")) << Last();
}

TEST_F(MountedDiskCheckTest, ACheckThatGoesWhileItsLookHangsLeavesNothingBehind) {
  host::DeadFilesystem dead(mounts_, path_);
  if (!dead.mounted()) GTEST_SKIP() << "no FUSE here to play a dead server";
  config::CheckConfig config = Disk(path_);
  SetOption(&config, "deadline", {"100ms"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kUnknown, "STATFS_HUNG")) << Last();
  check_.reset();
  const size_t before = sink_.seen.size();
  dead.Revive();
  ASSERT_TRUE(Until([&] { return workers_.Stuck().empty(); }));
  const auto end = loop_->After(Span::Millis(20), [&] { loop_->Stop(); });
  ASSERT_TRUE(loop_->Run().ok());
  EXPECT_EQ(sink_.seen.size(), before);
}

}  // namespace
}  // namespace faultline::checks
