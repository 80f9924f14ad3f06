#include "common/secret_mode.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/fakes/temp_directory.h"

namespace faultline {
namespace {

TEST(SecretModeTest, NamesTheCommandThatClosesTheFile) {
  const fakes::TempDirectory temp;
  const std::string path = temp / "key";
  std::ofstream(path) << "secret";
  for (const mode_t closed : {0600, 0640, 0400, 0440}) {
    ASSERT_EQ(chmod(path.c_str(), closed), 0);
    EXPECT_EQ(OpenToOthers(path), "") << closed;
  }
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(OpenToOthers(path), path +
                                    " has mode 0644, so others on this host may read a secret; "
                                    "if it is the right file, type: chmod 640 " +
                                    path + " (and think of what was read already)");
  for (const mode_t open : {0660, 0602, 0604, 0777}) {
    ASSERT_EQ(chmod(path.c_str(), open), 0);
    EXPECT_NE(OpenToOthers(path), "") << open;
  }
}

TEST(SecretModeTest, SaysNothingOfWhatIsNoFile) {
  EXPECT_EQ(OpenToOthers("/dev/null"), "");
  EXPECT_EQ(OpenToOthers("/gone/key"), "");
}

}  // namespace
}  // namespace faultline
