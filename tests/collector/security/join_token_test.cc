#include "collector/security/join_token.h"

#include <gtest/gtest.h>

#include <set>

#include "collector/security/digest.h"

namespace faultline::security {
namespace {

constexpr char kText[] = "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz";

TEST(JoinTokenTest, ReadsWhatItWrites) {
  const auto token = ParseJoinToken(kText);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->id, "abcdefghij");
  EXPECT_EQ(token->secret, "abcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(token->Text(), kText);
}

TEST(JoinTokenTest, NoOtherTextIsAToken) {
  for (const std::string text :
       {"", "ftok", "ftok..", "ftok.abcdefghij", "ftok.abcdefghij.abcdefghijklmnopqrstuvwxy",
        "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyzz", "ftok.abcdefghi1.abcdefghijklmnopqrstuvwxyz",
        "Ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz", "ftok.ABCDEFGHIJ.abcdefghijklmnopqrstuvwxyz",
        "ftok.abcdefghij-abcdefghijklmnopqrstuvwxyz", "ftok.abcdefghij.abcdefghijklm opqrstuvwxyz",
        " ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz",
        "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz\n"}) {
    const auto token = ParseJoinToken(text);
    EXPECT_TRUE(absl::IsInvalidArgument(token.status())) << text;
  }
}

TEST(JoinTokenTest, TheErrorNeverShowsWhatWasGiven) {
  const auto token = ParseJoinToken("ftok.abcdefghij.secretsecretsecretsecretse!");
  EXPECT_EQ(token.status().message().find("secretsecret"), absl::string_view::npos);
}

TEST(JoinTokenTest, RandomBytesMakeATokenOfTheWholeAlphabet) {
  std::set<std::string> ids;
  std::set<char> seen;
  for (int i = 0; i < 200; ++i) {
    const JoinToken token = TokenFromRandom(RandomBytes(kTokenRandomBytes));
    EXPECT_TRUE(ParseJoinToken(token.Text()).ok()) << token.Text();
    ids.insert(token.id);
    seen.insert(token.secret.begin(), token.secret.end());
  }
  EXPECT_EQ(ids.size(), 200u);
  EXPECT_EQ(seen.size(), 32u);
  EXPECT_EQ(TokenFromRandom(std::string(kTokenRandomBytes, '\xff')).Text(),
            "ftok.7777777777.77777777777777777777777777");
  EXPECT_EQ(TokenFromRandom(std::string(kTokenRandomBytes, '\0')).Text(),
            "ftok.aaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaa");
}

// Other programs (the agent, Terraform's) must come to the same bytes: openssl dgst -sha256 -hmac.
TEST(JoinTokenTest, DigestsAreThoseOfTheSpecification) {
  const JoinToken token = *ParseJoinToken(kText);
  EXPECT_EQ(Hex(Verifier(token)),
            Hex(HmacSha256("abcdefghijklmnopqrstuvwxyz", "faultline join v1")));
  EXPECT_EQ(Hex(ProofKey(token)),
            Hex(HmacSha256("abcdefghijklmnopqrstuvwxyz", "faultline authority v1")));
  EXPECT_NE(Verifier(token), ProofKey(token));
  const std::string nonce(32, 'n');
  EXPECT_EQ(AuthorityProof("key", nonce, "authority"),
            HmacSha256("key", std::string("faultline proof v1\0", 19) + nonce + "authority"));
  // RFC 4231, test case 2.
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(JoinTokenTest, SecretsAreEqualOnlyWhole) {
  EXPECT_TRUE(SecretsEqual("abc", "abc"));
  EXPECT_FALSE(SecretsEqual("abc", "abd"));
  EXPECT_FALSE(SecretsEqual("abc", "ab"));
  EXPECT_FALSE(SecretsEqual("", "a"));
  EXPECT_EQ(FromHex("00ff"), std::string("\0\xff", 2));
  EXPECT_EQ(FromHex("0g"), "");
  EXPECT_EQ(FromHex("abc"), "");
}

}  // namespace
}  // namespace faultline::security
