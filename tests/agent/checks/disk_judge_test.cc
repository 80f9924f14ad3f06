#include "agent/checks/disk_judge.h"

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "tests/agent/checks/byte_units.h"

namespace faultline::checks {
namespace {

host::FilesystemFacts FilesystemOf(uint64_t size, uint64_t left) {
  host::FilesystemFacts facts;
  facts.real_path = "/var/lib/mysql";
  facts.mount_point = "/var/lib/mysql";
  facts.type = "ext4";
  facts.source = "/dev/nvme1n1";
  facts.size_bytes = size;
  facts.free_bytes = left;
  facts.available_bytes = left;
  facts.files = 1000;
  facts.files_free = 900;
  return facts;
}

std::string SayDisk(const host::FilesystemFacts& facts, const DiskLimits& limits = {},
                    const DiskPast& past = {}) {
  const Observation out = JudgeDisk("/var/lib/mysql", facts, limits, past);
  return std::string(StateName(out.state)) + (out.reason.empty() ? "" : " " + out.reason);
}

TEST(DiskJudgeTest, SaysHowFullAndHowMuchIsLeft) {
  DiskPast past;
  past.full_at = WallTime{1'795'317'247'000'000'000};
  const Observation out =
      JudgeDisk("/var/lib/mysql", FilesystemOf(40 * kGiB, 8 * kGiB / 5), DiskLimits(), past);
  EXPECT_EQ(out.state, State::kCritical);
  EXPECT_EQ(
      out.detail,
      "/var/lib/mysql: 96 % of 40 GiB used, 1.6 GiB left, full at about 2026-11-22 03:14 UTC");
  ASSERT_EQ(out.evidence.size(), 2U);
  EXPECT_EQ(out.evidence[0].text,
            "/var/lib/mysql is on /dev/nvme1n1 (ext4), mounted at /var/lib/mysql");
}

struct DiskCase {
  int percent_left;
  const char* says;
};

TEST(DiskJudgeTest, PercentagesDecide) {
  for (const DiskCase& c : {DiskCase{20, "OK"},
                            {16, "OK"},
                            {15, "WARNING DISK_FULL"},
                            {6, "WARNING DISK_FULL"},
                            {5, "CRITICAL DISK_FULL"},
                            {0, "CRITICAL DISK_FULL"}}) {
    EXPECT_EQ(SayDisk(FilesystemOf(100 * kGiB, c.percent_left * kGiB)), c.says) << c.percent_left;
  }
}

TEST(DiskJudgeTest, AHugeDiskWithEnoughFreeIsNotFull) {
  DiskLimits limits;
  limits.enough_free = 100 * kGiB;
  EXPECT_EQ(SayDisk(FilesystemOf(10'000 * kGiB, 400 * kGiB), limits), "OK");
  EXPECT_EQ(SayDisk(FilesystemOf(10'000 * kGiB, 90 * kGiB), limits), "CRITICAL DISK_FULL");
}

TEST(DiskJudgeTest, AbsoluteLimitsHoldWhateverThePercentage) {
  DiskLimits limits;
  limits.warn_free = 5 * kGiB;
  limits.critical_free = kGiB;
  limits.enough_free = 2 * kGiB;
  EXPECT_EQ(SayDisk(FilesystemOf(8 * kGiB, 6 * kGiB), limits), "OK");
  EXPECT_EQ(SayDisk(FilesystemOf(8 * kGiB, 4 * kGiB), limits), "WARNING DISK_FULL");
  EXPECT_EQ(SayDisk(FilesystemOf(4 * kGiB, 900 * kMiB), limits), "CRITICAL DISK_FULL");
}

TEST(DiskJudgeTest, AStateIsHeldForOnePointSoThatItDoesNotFlap) {
  const auto warned = DiskPast{.state = State::kWarning, .reason = "DISK_FULL"};
  const auto critical = DiskPast{.state = State::kCritical, .reason = "DISK_FULL"};
  const host::FilesystemFacts just_below = FilesystemOf(1000 * kGiB, 155 * kGiB);  // 84.5 %
  EXPECT_EQ(SayDisk(just_below), "OK");
  EXPECT_EQ(SayDisk(just_below, {}, warned), "WARNING DISK_FULL");
  EXPECT_EQ(SayDisk(FilesystemOf(1000 * kGiB, 165 * kGiB), {}, warned), "OK");
  EXPECT_EQ(SayDisk(FilesystemOf(1000 * kGiB, 55 * kGiB), {}, warned), "WARNING DISK_FULL")
      << "the margin makes nothing graver";
  EXPECT_EQ(SayDisk(FilesystemOf(1000 * kGiB, 55 * kGiB), {}, critical), "CRITICAL DISK_FULL");
}

TEST(DiskJudgeTest, InodesRunOutToo) {
  host::FilesystemFacts facts = FilesystemOf(100 * kGiB, 50 * kGiB);
  facts.files_free = 40;
  const Observation out = JudgeDisk("/var/lib/mysql", facts, DiskLimits(), DiskPast());
  EXPECT_EQ(out.state, State::kCritical);
  EXPECT_EQ(out.reason, "INODES_FULL");
  EXPECT_NE(out.detail.find("96 % of 1000 inodes used, 40 left"), std::string::npos) << out.detail;
  facts.files = facts.files_free = 0;
  EXPECT_EQ(SayDisk(facts), "OK") << "btrfs has no fixed number";
}

TEST(DiskJudgeTest, ReadOnlyIsAnOutageOnlyWhereItShouldBeWritable) {
  host::FilesystemFacts facts = FilesystemOf(100 * kGiB, 50 * kGiB);
  facts.read_only = true;
  EXPECT_EQ(SayDisk(facts), "OK") << "it was so when first seen, and nothing says otherwise";
  EXPECT_EQ(SayDisk(facts, {}, {.was_writable = true}), "CRITICAL READ_ONLY_FS");
  facts.wanted_writable = true;
  EXPECT_EQ(SayDisk(facts), "CRITICAL READ_ONLY_FS");
  facts.wanted_writable = false;
  facts.error_read_only = true;
  EXPECT_EQ(SayDisk(facts), "CRITICAL READ_ONLY_FS");
  facts.type = "squashfs";
  EXPECT_EQ(SayDisk(facts, {}, {.was_writable = true}), "OK");
}

TEST(DiskJudgeTest, AnImageIsFullByNature) {
  host::FilesystemFacts facts = FilesystemOf(100 * kMiB, 0);
  facts.type = "squashfs";
  facts.read_only = true;
  EXPECT_EQ(SayDisk(facts), "OK");
}

TEST(DiskJudgeTest, AMountThatIsMissingIsToldOnlyWhereItIsAskedFor) {
  host::FilesystemFacts facts = FilesystemOf(100 * kGiB, 50 * kGiB);
  facts.mount_point = "/";
  EXPECT_EQ(SayDisk(facts), "OK");
  DiskLimits limits;
  limits.must_be_mount_point = true;
  EXPECT_EQ(SayDisk(facts, limits), "CRITICAL NOT_MOUNTED");
}

TEST(DiskJudgeTest, ErrorsSayWhatToDo) {
  const auto say = [](const absl::Status& error, bool mount_point = false) {
    DiskLimits limits;
    limits.must_be_mount_point = mount_point;
    const Observation out = JudgeDiskError("/mnt/data", error, limits);
    return std::string(StateName(out.state)) + " " + out.reason + ": " + out.detail;
  };
  EXPECT_EQ(say(absl::NotFoundError("/mnt/data: No such file")).find("UNKNOWN PATH_NOT_FOUND"), 0U);
  EXPECT_EQ(say(absl::NotFoundError(""), true).find("CRITICAL NOT_MOUNTED"), 0U);
  EXPECT_EQ(say(absl::PermissionDeniedError("")).find("UNKNOWN RIGHT_MISSING"), 0U);
  EXPECT_EQ(say(absl::DataLossError("/mnt/data: Input/output error")).find("CRITICAL IO_ERROR"),
            0U);
  EXPECT_EQ(say(absl::AbortedError("/mnt/data: Stale file handle")),
            "UNKNOWN STATFS_FAILED: cannot look at /mnt/data: Stale file handle; a stale network "
            "mount is cleared by umount -f and mount");
}

TEST(DiskJudgeTest, AHungLookIsUnknownAndSaysSinceWhen) {
  const WallTime since{1'795'317'247'000'000'000};
  const Observation out = JudgeDiskHung("/mnt/backup", since, since + Span::Seconds(12));
  EXPECT_EQ(out.state, State::kUnknown);
  EXPECT_EQ(out.reason, "STATFS_HUNG");
  EXPECT_EQ(out.detail.find("/mnt/backup has not answered since 03:14:07 UTC; a dead NFS server?"),
            0U);
}

TEST(DiskJudgeTest, HostileNamesAreCleaned) {
  host::FilesystemFacts facts = FilesystemOf(100 * kGiB, 0);
  facts.source = "\x1b[31mevil\n\xff" + std::string(5000, 'x');
  const Observation out = JudgeDisk("/", facts, DiskLimits(), DiskPast());
  ASSERT_FALSE(out.evidence.empty());
  EXPECT_LT(out.evidence[0].text.size(), 600U);
  EXPECT_EQ(out.evidence[0].text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
