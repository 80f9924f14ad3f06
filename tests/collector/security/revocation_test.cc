// Hosts that an operator cuts off, and what could bring them back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/collector/security/joining_testing.h"

namespace faultline::security {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using RevocationTest = JoiningFixture;

Span Days(int64_t count) { return Span::Seconds(count * 86'400); }

std::string IdOf(const std::string& token) { return token.substr(5, 10); }

TEST_F(RevocationTest, TheTokenOfTheMachineBeforeATakeoverBringsNobodyBack) {
  const std::string first = Token(3), second = Token(2, true);
  const HostKey old_machine;
  ASSERT_TRUE(Enrol(first, old_machine).ok());
  Settle();
  ASSERT_TRUE(Enrol(second, HostKey()).ok());
  const auto revoked = joining_->RevokeHost("shop", "prod", "db-1", "the test");
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_EQ(revoked->certificates, 1u);
  EXPECT_THAT(revoked->open_tokens, UnorderedElementsAre(IdOf(first), IdOf(second)));
  EXPECT_TRUE(revoked->readmitting_tokens.empty());
  for (int i = 0; i < 2; ++i) {
    const auto back = Enrol(first, old_machine);
    EXPECT_THAT(Text(back.status()), HasSubstr("was revoked after it had joined"));
    Close();
    Open();
  }
}

TEST_F(RevocationTest, NamesEveryTokenThatLetsTheNameInAgain) {
  const std::string its = Token(3), fresh = Token(), older = Token(5, true);
  const std::string ended = Token(1, false, Span::Seconds(60)), used_up = Token(),
                    revoked = Token();
  const auto elsewhere = joining_->CreateToken(
      {.stack = {"shop", "staging"}, .roles = {"db"}, .replace = true}, "the test");
  ASSERT_TRUE(elsewhere.ok());
  ASSERT_TRUE(Enrol(its, HostKey()).ok());
  ASSERT_TRUE(Enrol(used_up, HostKey(), "db-2").ok());
  ASSERT_TRUE(joining_->RevokeToken(IdOf(revoked), "the test").ok());
  clock_.Advance(Span::Seconds(61));
  const auto done = joining_->RevokeHost("shop", "prod", "db-1", "the test");
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_THAT(done->readmitting_tokens, UnorderedElementsAre(IdOf(fresh), IdOf(older)));
  EXPECT_THAT(done->open_tokens, ElementsAre(IdOf(its)));
  // It is as it was said.
  EXPECT_FALSE(Enrol(its, HostKey()).ok());
  EXPECT_TRUE(Enrol(fresh, HostKey()).ok());
}

TEST_F(RevocationTest, IsRememberedAsLongAsItsTokenLetsHostsIn) {
  const std::string token = Token(3, false, Days(300));
  ASSERT_TRUE(Enrol(token, HostKey()).ok());
  ASSERT_TRUE(joining_->RevokeHost("shop", "prod", "db-1", "the test").ok());
  clock_.Advance(Days(60));
  const auto recent = Enrol(Token(), HostKey(), "db-2");
  ASSERT_TRUE(Admit(*recent).ok());
  ForgetWhatEnded();
  const auto back = Enrol(token, HostKey());
  EXPECT_THAT(Text(back.status()), HasSubstr("was revoked after it had joined")) << back.status();
}

TEST_F(RevocationTest, AHostThatEndedLongAgoCanStillBeKeptOutOfItsOpenToken) {
  const std::string token = Token(3, false, Days(300));
  ASSERT_TRUE(Enrol(token, HostKey()).ok());
  clock_.Advance(Days(60));
  ASSERT_TRUE(Admit(*Enrol(Token(), HostKey(), "db-2")).ok());
  ForgetWhatEnded();
  EXPECT_TRUE(joining_->RevokeHost("shop", "prod", "db-1", "the test").ok());
  EXPECT_FALSE(Enrol(token, HostKey()).ok());
}

TEST_F(RevocationTest, CutsTheHostOffAlsoWhenTheDiskIsFullAndSaysThatItMustBeRepeated) {
  const std::string token = Token(3);
  const HostKey key;
  const auto granted = Enrol(token, key);
  FillDisk();
  const auto revoked = joining_->RevokeHost("shop", "prod", "db-1", "the test");
  EXPECT_TRUE(absl::IsUnavailable(revoked.status())) << revoked.status();
  EXPECT_THAT(Text(revoked.status()), HasSubstr("repeat"));
  EXPECT_THAT(ended_, ElementsAre(kDb1));
  EXPECT_THAT(Text(Admit(*granted)), HasSubstr("was revoked: by an operator"));
  // Nor does it get another, when the disk has room again before the operator repeats it.
  FreeDisk();
  EXPECT_TRUE(absl::IsPermissionDenied(Renew(granted->certificate, key, HostKey()).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Enrol(token, key).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Enrol(token, HostKey()).status()));
  EXPECT_TRUE(joining_->RevokeHost("shop", "prod", "db-1", "the test").ok());
  Close();
  Open();
  EXPECT_FALSE(Admit(*granted).ok());
}

TEST_F(RevocationTest, UseThatCouldNotBeWrittenDownIsWrittenLater) {
  const HostKey first_key, second_key;
  const auto first = Enrol(Token(), first_key);
  const auto second = Renew(first->certificate, first_key, second_key);
  ASSERT_TRUE(Admit(*second).ok());
  FillDisk();
  EXPECT_FALSE(Enrol(Token(), HostKey()).ok());  // its housekeeping fails
  FreeDisk();
  Enrol(Token(), HostKey()).IgnoreError();
  Close();
  Open();
  const auto copy = Renew(first->certificate, first_key, HostKey());
  EXPECT_THAT(Text(copy.status()), HasSubstr("uses a newer one"));
}

}  // namespace
}  // namespace faultline::security
