#include "agent/config/nearest.h"

#include <gtest/gtest.h>

namespace faultline::config {
namespace {

TEST(NearestTest, FindsTheNameThatWasMeant) {
  const std::vector<std::string> known = {"certificate", "listener", "log", "port", "unit"};
  EXPECT_EQ(Nearest("prot", known), "port");
  EXPECT_EQ(Nearest("untit", known), "unit");
  EXPECT_EQ(Nearest("certifcate", known), "certificate");
  EXPECT_EQ(Nearest("logs", known), "log");
  EXPECT_EQ(Nearest("firewall", known), "");
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest("x", {}), "");
}

TEST(NearestTest, SuggestsOneOrListsAll) {
  EXPECT_EQ(Suggestion("untit", {"unit", "log"}), "; did you mean \"unit\"?");
  EXPECT_EQ(Suggestion("firewall", {"unit", "log"}), "; known: unit, log");
  EXPECT_EQ(Suggestion("firewall", {}), "");
}

TEST(NearestTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("prot", "port"), 1);
  EXPECT_EQ(EditDistance(std::string(1 << 20, 'a'), "a"), 64) << "long input costs nothing";
}

}  // namespace
}  // namespace faultline::config
