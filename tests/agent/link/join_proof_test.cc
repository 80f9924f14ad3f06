#include "agent/link/join_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kText[] = "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz";

std::string Nonce() {
  std::string nonce;
  for (char c = 0; c < 32; ++c) nonce += c;
  return nonce;
}

TEST(JoinTokenTest, HasAnIdAndASecret) {
  const auto token = ParseJoinToken(kText);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->id, "abcdefghij");
  EXPECT_EQ(token->secret.value(), "abcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(token->whole.value(), kText);
}

TEST(JoinTokenTest, MayStandBetweenWhiteSpace) {
  const auto token = ParseJoinToken(std::string(" \t") + kText + "\r\n");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->whole.value(), kText);
}

TEST(JoinTokenTest, SaysWhatIsWrongAndNeverWhatStandsThere) {
  const struct {
    const char* text;
    const char* what;
  } cases[] = {
      {"", "is empty"},
      {" \n", "is empty"},
      {"abcdefghij.klmnopqrstuvwxyz", "does not begin with \"ftok.\""},
      {"ftok.", "has no second dot"},
      {"ftok.abcdefghij", "has no second dot"},
      {"ftok.abc.klmnopqrstuvwxyz", "an ID that is too short or too long"},
      {"ftok.abcdefghij.klmnop", "was it cut off?"},
      {"ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz2", "too short or too long"},
      {"ftok.abcdefghij.abcdefgh.jklmnopqrstuvwxyz", "other than a to z and 2 to 7"},
      {"ftok.ABCDEFGHIJ.abcdefghijklmnopqrstuvwxyz", "other than a to z and 2 to 7"},
      {"ftok.abcdefghi1.abcdefghijklmnopqrstuvwxyz", "other than a to z and 2 to 7"},
  };
  for (const auto& each : cases) {
    const auto token = ParseJoinToken(each.text);
    ASSERT_FALSE(token.ok()) << each.text;
    EXPECT_THAT(token.status().message(), HasSubstr(each.what)) << each.text;
    EXPECT_THAT(token.status().message(), Not(HasSubstr("klmnop"))) << each.text;
  }
}

TEST(AuthorityProofTest, IsTheOneOfTheSpecification) {
  // By Python's hmac, of this token, the bytes 0 to 31 and "authority".
  EXPECT_EQ(absl::BytesToHexString(AuthorityProof(*ParseJoinToken(kText), Nonce(), "authority")),
            "437d28fef75a1c86db8f613bd14e9ad89d059435d69b160f8e60ede643a81f2e");
}

TEST(AuthorityProofTest, HoldsForNothingElse) {
  const auto token = ParseJoinToken(kText);
  const std::string proof = AuthorityProof(*token, Nonce(), "authority");
  EXPECT_TRUE(IsAuthorityProof(*token, Nonce(), "authority", proof));
  EXPECT_FALSE(IsAuthorityProof(*token, Nonce(), "authoritx", proof));
  EXPECT_FALSE(IsAuthorityProof(*token, Nonce().substr(1), "authority", proof));
  EXPECT_FALSE(IsAuthorityProof(*token, Nonce(), "authority", proof.substr(0, 31)));
  EXPECT_FALSE(IsAuthorityProof(*token, Nonce(), "authority", proof + "x"));
  EXPECT_FALSE(IsAuthorityProof(*token, Nonce(), "authority", ""));
  const auto other = ParseJoinToken("ftok.abcdefghij.bbcdefghijklmnopqrstuvwxyz");
  EXPECT_FALSE(IsAuthorityProof(*other, Nonce(), "authority", proof));
}

TEST(NonceTest, HasThirtyTwoBytesAndIsNeverTheSame) {
  const auto one = MakeNonce();
  const auto two = MakeNonce();
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(one->size(), 32u);
  EXPECT_NE(*one, *two);
}

}  // namespace
}  // namespace faultline::link
