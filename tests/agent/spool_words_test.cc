#include "agent/spool_words.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "agent/spool/file_io.h"

namespace faultline::agent {
namespace {

TEST(SpoolWords, AHealthySpoolIsOkWithItsGauges) {
  const checks::Observation seen =
      JudgeSpool(absl::OkStatus(), {.disk_bytes = 10, .undurable_bytes = 2, .dropped = 0});
  EXPECT_EQ(seen.state, State::kOk);
  EXPECT_EQ(seen.reason, "");
  ASSERT_EQ(seen.gauges.size(), 3u);
  EXPECT_EQ(seen.gauges[0].name, "spool_disk_bytes");
  EXPECT_EQ(seen.gauges[0].value, 10);
}

TEST(SpoolWords, EachTroubleOfADiskIsAWarningOfItsOwn) {
  const struct {
    int error;
    const char* reason;
  } kCases[] = {{ENOSPC, "SPOOL_DISK_FULL"},  {EDQUOT, "SPOOL_DISK_FULL"},
                {EFBIG, "SPOOL_DISK_FULL"},   {EROFS, "SPOOL_READ_ONLY"},
                {EIO, "SPOOL_DISK_FAILING"},  {EMFILE, "SPOOL_UNWRITABLE"},
                {EACCES, "SPOOL_UNWRITABLE"}, {ENOENT, "SPOOL_UNWRITABLE"}};
  for (const auto& each : kCases) {
    const checks::Observation seen =
        JudgeSpool(spool::FileError("write", "/state/spool/meta", each.error), {});
    EXPECT_EQ(seen.state, State::kWarning);
    EXPECT_EQ(seen.reason, each.reason);
    EXPECT_TRUE(absl::StrContains(seen.detail, "/state/spool/meta")) << seen.detail;
  }
}

TEST(SpoolWords, WhatWaitsAndWhatWasGivenUpIsCounted) {
  const checks::Observation seen =
      JudgeSpool(spool::FileError("write", "/x", ENOSPC), {.undurable_bytes = 1025, .dropped = 7});
  EXPECT_TRUE(absl::StrContains(seen.detail, "2 KiB wait in memory")) << seen.detail;
  EXPECT_TRUE(absl::StrContains(seen.detail, "7 of the oldest records")) << seen.detail;
  EXPECT_TRUE(absl::StrContains(seen.detail, "free some space")) << seen.detail;
}

}  // namespace
}  // namespace faultline::agent
