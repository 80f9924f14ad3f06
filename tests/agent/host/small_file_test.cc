#include "agent/host/small_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline::host {
namespace {

class SmallFileTest : public testing::Test {
 protected:
  std::string Write(const std::string& text) const {
    std::ofstream(directory_ / "file") << text;
    return directory_ / "file";
  }
  const fakes::TempDirectory directory_;
};

TEST_F(SmallFileTest, ReadsFilesOfTheKernelWhoseSizeIsZero) {
  const auto text = ReadSmallFile("/proc/self/status");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_NE(text->find("Pid:"), std::string::npos);
}

TEST_F(SmallFileTest, ReadsNoMoreThanIsAskedFor) {
  const std::string path = Write("0123456789");
  EXPECT_EQ(ReadSmallFile(path, 4).value(), "0123");
  EXPECT_EQ(ReadTail(path, 4).value(), "6789");
  EXPECT_EQ(ReadTail(path, 100).value(), "0123456789");
}

TEST_F(SmallFileTest, AFifoIsRefusedAndDoesNotHang) {
  ASSERT_EQ(mkfifo((directory_ / "fifo").c_str(), 0600), 0);
  const auto text = ReadSmallFile(directory_ / "fifo");
  EXPECT_EQ(text.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SmallFileTest, TheErrorNamesThePath) {
  const auto text = ReadSmallFile(directory_ / "none");
  EXPECT_TRUE(absl::IsNotFound(text.status()));
  EXPECT_NE(text.status().message().find(directory_ / "none"), std::string::npos);
}

}  // namespace
}  // namespace faultline::host
