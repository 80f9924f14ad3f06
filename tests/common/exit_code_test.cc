#include "common/exit_code.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(ExitCodeTest, WhatOnlyAPersonCanMendIsNotStartedAgain) {
  EXPECT_EQ(StartExitCode(absl::InvalidArgumentError("agent.yaml:5: unknown field")), 2);
  EXPECT_EQ(StartExitCode(absl::InvalidArgumentError("operator.key has mode 0644")), 2);
}

TEST(ExitCodeTest, WhatMayPassIsStartedAgain) {
  EXPECT_EQ(StartExitCode(absl::UnavailableError("cannot listen")), 1);
  EXPECT_EQ(StartExitCode(absl::NotFoundError("the volume is not mounted yet")), 1);
  EXPECT_EQ(StartExitCode(absl::PermissionDeniedError("read-only file system")), 1);
  EXPECT_EQ(StartExitCode(absl::FailedPreconditionError("the clock is not set")), 1);
  EXPECT_EQ(StartExitCode(absl::AbortedError("another process has it")), 1);
  EXPECT_EQ(StartExitCode(absl::ResourceExhaustedError("no space")), 1);
  EXPECT_EQ(StartExitCode(absl::DataLossError("the disk fails")), 1);
  EXPECT_EQ(StartExitCode(absl::InternalError("?")), 1);
}

}  // namespace
}  // namespace faultline
