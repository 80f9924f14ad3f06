#include "agent/host/kernel_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "common/clock.h"

namespace faultline::host {
namespace {

TEST(KernelLogTest, ARecordOfKmsgIsTakenApart) {
  std::string text;
  uint64_t usec = 0;
  ASSERT_TRUE(ParseKmsgRecord(
      "3,1205,672569762,-;Memory cgroup out of memory: Killed process 13201 (python3); really\n"
      " SUBSYSTEM=memory\n",
      &text, &usec));
  EXPECT_EQ(text, "Memory cgroup out of memory: Killed process 13201 (python3); really");
  EXPECT_EQ(usec, 672569762U);
}

TEST(KernelLogTest, AnotherFormIsRefused) {
  std::string text;
  uint64_t usec = 0;
  for (const char* record : {"", ";", "6,1,2;text", "6,1,x,-;text", "6,1,-5,-;text", "no record",
                             "6,1,99999999999999999999,-;text"}) {
    EXPECT_FALSE(ParseKmsgRecord(record, &text, &usec)) << record;
  }
}

TEST(KernelLogTest, ALineThatTheKernelLoggedNowIsReadWithItsTime) {
  const int kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
  if (kmsg < 0) GTEST_SKIP() << "needs root and /dev/kmsg to write a line";
  // Without its newline the next message could still continue it, and it is shown only then.
  const std::string mark = "faultline test " + std::to_string(getpid()) + "\n";
  const ssize_t written = write(kmsg, mark.data(), mark.size());
  close(kmsg);
  if (written < 0) GTEST_SKIP() << "may not write to /dev/kmsg";
  const WallTime now = SystemClock().Now();
  const auto lines = ReadKernelLog(Span::Seconds(60), 1000, now);
  if (absl::IsPermissionDenied(lines.status())) GTEST_SKIP() << lines.status();
  ASSERT_TRUE(lines.ok()) << lines.status();
  const auto found = std::find_if(lines->begin(), lines->end(), [&](const KernelLine& line) {
    return line.text.find(mark.substr(0, mark.size() - 1)) != std::string::npos;
  });
  if (found == lines->end() && access("/run/systemd/journal", F_OK) == 0) {
    GTEST_SKIP() << "this machine's journal keeps no kernel log";
  }
  ASSERT_NE(found, lines->end());
  EXPECT_LT((now - found->at).seconds(), 60);
  EXPECT_GE((now - found->at).seconds(), -1);
}

}  // namespace
}  // namespace faultline::host
