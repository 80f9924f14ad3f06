#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/security/digest.h"
#include "tests/collector/security/joining_testing.h"

namespace faultline::security {
namespace {

using testing::HasSubstr;

class RenewalTest : public JoiningFixture {
 protected:
  void SetUp() override {
    auto granted = Enrol(Token(), first_key_);
    ASSERT_TRUE(granted.ok()) << granted.status();
    first_ = *std::move(granted);
  }
  // Certificates in the registry's file.
  int64_t Rows() {
    const auto db =
        store::Connection::Open(options_.directory + "/joining.db", store::Access::kReader);
    return *(*db)->QueryInt("SELECT count(*) FROM certificates");
  }
  const HostKey first_key_, second_key_, third_key_;
  Granted first_;
};

TEST_F(RenewalTest, ANewKeyGetsANewCertificateAndTheOldOneStaysGood) {
  clock_.Advance(Span::Seconds(32 * 3600));
  const auto second = Renew(first_.certificate, first_key_, second_key_);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->identity.id, kDb1);
  EXPECT_EQ(second->identity.role, "db");
  EXPECT_EQ(second->validity.not_after - first_.validity.not_after, Span::Seconds(32 * 3600));
  EXPECT_EQ(X509_check_private_key(ParseDer(second->certificate).get(), second_key_.get()), 1);
  EXPECT_TRUE(Admit(*second).ok());
  EXPECT_TRUE(Admit(first_).ok());
  EXPECT_EQ(joining_->CertificateEnds().at(kDb1), second->validity.not_after);
}

TEST_F(RenewalTest, AHostThatSleptRenewsWithinTheTimeAllowedAndNotAfterIt) {
  clock_.Advance(Span::Seconds(48 * 3600 + 7 * 86'400 - 60));
  EXPECT_TRUE(Renew(first_.certificate, first_key_, second_key_).ok());
  clock_.Advance(Span::Seconds(120));
  const auto late = Renew(first_.certificate, first_key_, third_key_);
  EXPECT_TRUE(absl::IsPermissionDenied(late.status())) << late.status();
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("more than 7d ago"));
}

TEST_F(RenewalTest, AnAnswerThatWasLostDoesNotLockTheHostOut) {
  ASSERT_TRUE(Renew(first_.certificate, first_key_, second_key_).ok());
  clock_.Advance(Span::Seconds(30 * 3600));
  EXPECT_TRUE(Renew(first_.certificate, first_key_, third_key_).ok());
}

TEST_F(RenewalTest, TheSameKeyAgainGetsTheSameCertificate) {
  const auto second = Renew(first_.certificate, first_key_, second_key_);
  ASSERT_TRUE(second.ok());
  const auto again = Renew(first_.certificate, first_key_, second_key_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(second->certificate, again->certificate);
  EXPECT_EQ((joining_->Numbers().outcomes[{"renew", "repeated"}]), 1u);
}

// A host whose clock is behind refuses each answer, and asks again every half minute for days.
TEST_F(RenewalTest, AHostThatTakesNoAnswerFillsNothingAndIsShownWithoutIt) {
  live_.Connect(kDb1);
  clock_.Advance(Span::Seconds(32 * 3600));
  std::vector<Granted> given;
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(Span::Seconds(30));
    const auto next = Renew(first_.certificate, first_key_, HostKey());
    ASSERT_TRUE(next.ok()) << next.status();
    given.push_back(*next);
  }
  EXPECT_EQ(Rows(), 3);
  EXPECT_FALSE(Admit(given[0]).ok());
  EXPECT_EQ(joining_->Numbers().nearest_end, first_.validity.not_after);
  EXPECT_EQ(joining_->CertificateEnds().at(kDb1), first_.validity.not_after);
  // The last two may still arrive. Once it is silent about it, it has got it.
  EXPECT_TRUE(Admit(given[18]).ok());
  EXPECT_TRUE(Admit(given[19]).ok());
  clock_.Advance(Span::Seconds(3600));
  EXPECT_EQ(joining_->Numbers().nearest_end, given[19].validity.not_after);
}

TEST_F(RenewalTest, AHostThatRunsMadIsHeldUpAndFillsNothing) {
  std::string certificate = first_.certificate;
  std::unique_ptr<HostKey> key, next;
  int renewed = 0;
  for (; renewed < 100; ++renewed) {
    next = std::make_unique<HostKey>();
    const auto granted = Renew(certificate, key == nullptr ? first_key_ : *key, *next);
    if (!granted.ok()) {
      EXPECT_TRUE(absl::IsResourceExhausted(granted.status())) << granted.status();
      break;
    }
    certificate = granted->certificate;
    key = std::move(next);
  }
  EXPECT_EQ(renewed, 20);
  EXPECT_LE(Rows(), Registry::kKept);
}

TEST_F(RenewalTest, ACopyOfTheMachineAsItWasDoesNotRenewOnceTheNewCertificateIsUsed) {
  const auto second = Renew(first_.certificate, first_key_, second_key_);
  ASSERT_TRUE(Admit(*second).ok());
  const auto copy = Renew(first_.certificate, first_key_, third_key_);
  EXPECT_TRUE(absl::IsPermissionDenied(copy.status())) << copy.status();
  EXPECT_THAT(std::string(copy.status().message()), HasSubstr("uses a newer one"));
  // Also when that use was a renewal, and after a restart.
  ASSERT_TRUE(Renew(second->certificate, second_key_, third_key_).ok());
  Close();
  Open();
  EXPECT_TRUE(absl::IsPermissionDenied(Renew(first_.certificate, first_key_, HostKey()).status()));
}

TEST_F(RenewalTest, OnlyTheKeyOfTheCertificateSignsForIt) {
  const auto forged = Renew(first_.certificate, second_key_, third_key_);
  EXPECT_TRUE(absl::IsUnauthenticated(forged.status())) << forged.status();
  // A signature over another request is none.
  const auto moved = joining_->Renew({.certificate = first_.certificate,
                                      .certificate_request = third_key_.Request(),
                                      .signature = first_key_.SignRenewal(second_key_.Request())},
                                     kPeer);
  EXPECT_TRUE(absl::IsUnauthenticated(moved.status())) << moved.status();
}

TEST_F(RenewalTest, AnotherAuthoritysCertificateIsNotKnownWhateverItSays) {
  const fakes::TempDirectory elsewhere;
  const auto other = Authority::OpenOrMake(elsewhere / "authority", clock_.Now());
  const auto issued =
      (*other)->IssueHost(first_key_.get(), first_.identity, clock_.Now(), Span::Seconds(3600));
  const auto refused = Renew(issued->der, first_key_, second_key_);
  EXPECT_TRUE(absl::IsUnauthenticated(refused.status())) << refused.status();
  // Nor is ours with a byte changed or added.
  std::string changed = first_.certificate;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_TRUE(absl::IsUnauthenticated(Renew(changed, first_key_, second_key_).status()));
  EXPECT_TRUE(
      absl::IsUnauthenticated(Renew(first_.certificate + "x", first_key_, second_key_).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Renew("garbage", first_key_, second_key_).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(Renew(std::string(9000, 'x'), first_key_, second_key_).status()));
}

TEST_F(RenewalTest, AnEndedCertificateHoldsTheNameOnlyWhileItCanBeRenewed) {
  clock_.Advance(Span::Seconds(48 * 3600 + 6 * 86'400));
  EXPECT_TRUE(absl::IsAlreadyExists(Enrol(Token(), second_key_).status()));
  clock_.Advance(Span::Seconds(2 * 86'400));
  EXPECT_TRUE(Enrol(Token(), second_key_).ok());
}

TEST_F(RenewalTest, WhatEndedLongAgoIsForgotten) {
  clock_.Advance(Span::Seconds(60LL * 86'400));
  ASSERT_TRUE(Admit(*Enrol(Token(), second_key_, "db-2")).ok());
  ForgetWhatEnded();
  EXPECT_THAT(std::string(Admit(first_).message()), HasSubstr("not in this collector's registry"));
  EXPECT_EQ(joining_->CertificateEnds().count(kDb1), 0u);
}

// Nobody has used a certificate of that time, so nobody agrees with the clock.
TEST_F(RenewalTest, AClockThatIsAheadCostsTheRegistryNothing) {
  ASSERT_TRUE(Admit(first_).ok());
  const std::string token = Token(1, false, Span::Seconds(86'400));
  const Span ahead = Span::Seconds(60LL * 86'400);
  clock_.Advance(ahead);
  Close();
  Open();
  ForgetWhatEnded();
  clock_.Advance(Span{-ahead.ns});
  Close();
  Open();
  EXPECT_TRUE(Admit(first_).ok());
  EXPECT_TRUE(Renew(first_.certificate, first_key_, second_key_).ok());
  EXPECT_TRUE(Enrol(token, HostKey(), "db-2").ok());
  EXPECT_THAT(ended_, testing::IsEmpty());
}

}  // namespace
}  // namespace faultline::security
