#include "common/place.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline {
namespace {

using testing::HasSubstr;

TEST(PlaceTest, IsGoodWhereFilesCanBeMadeAndStaysAsItIs) {
  const fakes::TempDirectory temp;
  EXPECT_TRUE(CheckPlace(temp.path()).ok());
  EXPECT_TRUE(CheckPlace(temp / "a/b/c").ok());
  EXPECT_NE(access((temp / "a").c_str(), F_OK), 0);
  EXPECT_TRUE(CheckPlace(temp.path() + "/").ok());
}

TEST(PlaceTest, AFileThereOrOnTheWayIsNamed) {
  const fakes::TempDirectory temp;
  const std::string file = temp / "file";
  std::ofstream(file) << "x";
  for (const char* below : {"", "/a", "/a/b"}) {
    const absl::Status status = CheckPlace(file + below);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(file + " is not a directory"));
  }
}

TEST(PlaceTest, ADirectoryOfSomebodyElseIsNamedWithTheFix) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const fakes::TempDirectory temp;
  mkdir((temp / "closed").c_str(), 0500);
  const absl::Status status = CheckPlace(temp / "closed/state");
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("chown "));
}

}  // namespace
}  // namespace faultline
