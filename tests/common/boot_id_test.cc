#include "common/boot_id.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(BootIdTest, IsTheKernels) {
  EXPECT_EQ(OwnBootId().size(), 36u);
  EXPECT_EQ(OwnBootId(), OwnBootId());
}

}  // namespace
}  // namespace faultline
