#include "common/join_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "ftok.abcdefghij.abcdefghijklmnopqrstuvwx23";

TEST(SplitJoinTokenTest, GivesIdAndSecret) {
  const auto parts = SplitJoinToken(kToken);
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_EQ(parts->id, "abcdefghij");
  EXPECT_EQ(parts->secret, "abcdefghijklmnopqrstuvwx23");
  EXPECT_TRUE(IsTokenId(parts->id));
}

TEST(SplitJoinTokenTest, SaysWhatIsWrongAndNotWhatStandsThere) {
  const struct {
    std::string text;
    const char* what;
  } cases[] = {
      {"", "is empty"},
      {"tok.abcdefghij.abcdefghijklmnopqrstuvwx23", "does not begin"},
      {"ftok.abcdefghij", "has no second dot"},
      {"ftok.abcdefghi.abcdefghijklmnopqrstuvwx23", "has an ID"},
      {"ftok.abcdefghij.abcdefghijklmnopqrstuvwx2", "has a SECRET"},
      {"ftok.abcdefghij.abcdefghijklmnopqrstuvwx231", "has a SECRET"},
      {"ftok.abcdefghij.Abcdefghijklmnopqrstuvwx23", "has characters"},
      {"ftok.abcdefghi1.abcdefghijklmnopqrstuvwx23", "has characters"},
  };
  for (const auto& each : cases) {
    const auto parts = SplitJoinToken(each.text);
    EXPECT_THAT(parts.status().message(), HasSubstr(each.what)) << each.text;
    EXPECT_THAT(parts.status().message(), Not(HasSubstr("bcdefgh"))) << each.text;
  }
}

TEST(JoinTextsTest, AreThoseOfTheSpecification) {
  EXPECT_EQ(AuthorityProofText("nonce", "der"),
            std::string("faultline proof v1") + '\0' + "nonceder");
  EXPECT_EQ(RenewalText("request"), std::string("faultline renew v1") + '\0' + "request");
  EXPECT_FALSE(IsTokenId("abcdefghi"));
  EXPECT_FALSE(IsTokenId("abcdefghi0"));
}

}  // namespace
}  // namespace faultline
