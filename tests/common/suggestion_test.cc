#include "common/suggestion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace faultline {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(SuggestionTest, NamesTheClosestOrAllThatAreKnown) {
  const std::vector<std::string> known = {"listen", "store", "notify"};
  EXPECT_EQ(Suggestion("lisen", known), "; did you mean \"listen\"?");
  EXPECT_EQ(Suggestion("ntoify", known), "; did you mean \"notify\"?");
  EXPECT_EQ(Suggestion("frobnicate", known), "; known: listen, store, notify");
  EXPECT_EQ(Suggestion(std::string(100'000, 'x'), known), "; known: listen, store, notify");
  EXPECT_EQ(Suggestion("listen", {}), "");
}

TEST(SuggestionTest, TakesTwoSwappedLettersForOneMistake) {
  EXPECT_EQ(Suggestion("wbe", {"data", "web"}), "; did you mean \"web\"?");
}

TEST(SuggestionTest, FindsTheNameThatWasMeant) {
  const std::vector<std::string> known = {"certificate", "listener", "log", "port", "unit"};
  EXPECT_EQ(Nearest("prot", known), "port");
  EXPECT_EQ(Nearest("untit", known), "unit");
  EXPECT_EQ(Nearest("certifcate", known), "certificate");
  EXPECT_EQ(Nearest("logs", known), "log");
  EXPECT_EQ(Nearest("firewall", known), "");
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest("x", {}), "");
}

TEST(SuggestionTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("prot", "port"), 1U);
}

TEST(SuggestionTest, NamesNoMoreThanAPersonReads) {
  std::vector<std::string> many;
  for (int i = 100; i < 400; ++i) many.push_back(absl::StrCat("host-", i));
  const std::string text = Suggestion("mysql", many);
  EXPECT_THAT(text, HasSubstr("; known: host-100, host-101"));
  EXPECT_THAT(text, EndsWith("host-119 and 280 more"));
}

}  // namespace
}  // namespace faultline
