#include "collector/ingest/local_host.h"

#include <gtest/gtest.h>

namespace faultline::ingest {
namespace {

TEST(LocalHostTest, AllOfItsAddressesAreHere) {
  EXPECT_TRUE(IsThisHost({"127.0.0.1"}));
  EXPECT_FALSE(IsThisHost({"127.0.0.1", "192.0.2.1"})) << "one that both have does not do";
  EXPECT_FALSE(IsThisHost({"192.0.2.1"}));
  EXPECT_FALSE(IsThisHost({})) << "nobody knows";
}

}  // namespace
}  // namespace faultline::ingest
