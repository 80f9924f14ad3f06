#include "common/process_owner.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace faultline {
namespace {

TEST(ProcessOwnerTest, NamesUserAndGroup) {
  if (geteuid() == 0) {
    EXPECT_EQ(OwnUser(), "root");
  }
  if (getegid() == 0) {
    EXPECT_EQ(OwnGroup(), "root");
  }
  EXPECT_FALSE(OwnUser().empty());
  EXPECT_FALSE(OwnGroup().empty());
}

}  // namespace
}  // namespace faultline
