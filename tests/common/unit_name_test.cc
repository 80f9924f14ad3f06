#include "common/unit_name.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline {
namespace {

TEST(UnitNameTest, TakesWhatSystemdTakes) {
  for (const char* text :
       {"mysql.service", "app@7.service", R"(dev-disk\x2duuid.device)", "a:b_c"}) {
    EXPECT_TRUE(IsUnitName(text)) << text;
  }
}

TEST(UnitNameTest, RefusesTheRest) {
  for (const char* text :
       {"", ".service", "a b.service", "a/b.service", "a;b.service", "caf\xe9.service"}) {
    EXPECT_FALSE(IsUnitName(text)) << text;
  }
  EXPECT_FALSE(IsUnitName(std::string("a\0.service", 10)));
  EXPECT_FALSE(IsUnitName(std::string(256, 'a')));
}

}  // namespace
}  // namespace faultline
