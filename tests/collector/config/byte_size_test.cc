#include "collector/config/byte_size.h"

#include <gtest/gtest.h>

namespace faultline::config {
namespace {

TEST(ByteSizeTest, IsAWholeNumberOfBinaryUnits) {
  EXPECT_EQ(ParseByteSize("64MiB"), int64_t{64} << 20);
  EXPECT_EQ(ParseByteSize("1TiB"), int64_t{1} << 40);
  EXPECT_EQ(ParseByteSize("3KiB"), 3072);
  for (const char* wrong : {"", "MiB", "5", "5MB", "5 MiB", "-5MiB", "+5MiB", "1.5GiB", "5mib",
                            "99999999999999999999KiB", "1025TiB"}) {
    EXPECT_EQ(ParseByteSize(wrong), std::nullopt) << wrong;
  }
}

TEST(ByteSizeTest, IsShownWithTheLargestUnitThatIsExact) {
  EXPECT_EQ(FormatByteSize(int64_t{2} << 30), "2GiB");
  EXPECT_EQ(FormatByteSize((int64_t{2} << 30) + (int64_t{512} << 20)), "2560MiB");
  EXPECT_EQ(FormatByteSize(5), "5 bytes");
}

}  // namespace
}  // namespace faultline::config
