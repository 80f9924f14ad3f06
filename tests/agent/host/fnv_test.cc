#include "agent/host/fnv.h"

#include <gtest/gtest.h>

namespace faultline::host {
namespace {

TEST(FnvTest, GivesTheValuesOfItsAuthors) {
  // http://www.isthe.com/chongo/src/fnv/test_fnv.c
  EXPECT_EQ(Fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(Fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(Fnv1a("foobar"), 0x85944171f73967e8u);
}

TEST(FnvTest, GoesOnWhereItStopped) { EXPECT_EQ(Fnv1a("bar", Fnv1a("foo")), Fnv1a("foobar")); }

TEST(FnvTest, BytesAboveAsciiAreUnsigned) { EXPECT_EQ(Fnv1a("\xff"), 0xaf64724c8602eb6eu); }

}  // namespace
}  // namespace faultline::host
