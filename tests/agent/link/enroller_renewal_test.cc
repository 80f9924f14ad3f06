// Renewing: in time, late, refused, doubted.
#include "tests/agent/link/renewal_testing.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

TEST_F(RenewalTest, RenewsAtTwoThirdsWithANewKeySignedByTheOldOne) {
  Join();
  const auto before = OnDisk();
  Pass(1800);
  LetItLook();
  EXPECT_EQ(listener_.credentials(), 1);
  Pass(600);
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  const auto after = OnDisk();
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_FALSE(before->key == after->key);
  EXPECT_GT(after->life.not_after, before->life.not_after);
  EXPECT_EQ(collector_.asked().renew.size(), 1u);
  EXPECT_EQ(collector_.asked().enrol.size(), 1u);
  EXPECT_EQ(enroller_->Credentials()->certificate, after->chain);
}

TEST_F(RenewalTest, RenewsInTimeAlthoughTheWallClockWasSetBack) {
  Join();
  clock_.Shift(Span::Seconds(-60), Span::Seconds(2400));
  enroller_->Wake();
  EXPECT_TRUE(listener_.WaitForCredentials(2));
}

TEST_F(RenewalTest, RenewsACertificateThatRanOutWhileTheHostSlept) {
  Join();
  enroller_.reset();
  clock_.Shift(Span::Seconds(50'000), {});
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  EXPECT_TRUE(enroller_->Credentials().ok());
  EXPECT_EQ(collector_.asked().enrol.size(), 1u);
}

TEST_F(RenewalTest, GivesNoCertificateThatHasRunOutAndRenewsItWhenAskedForIt) {
  Join();
  // Nobody wakes it: a clock that jumps, as after a sleep.
  clock_.Shift(Span::Seconds(50'000), {});
  EXPECT_TRUE(absl::IsUnavailable(enroller_->Credentials().status()));
  EXPECT_TRUE(listener_.WaitForCredentials(2));
}

TEST_F(RenewalTest, GoesOnTryingAndSpeaksUpWhenItIsLate) {
  Join();
  collector_.Stop();
  Pass(2400);
  Pass(700);
  ASSERT_TRUE(listener_.WaitForState("RENEWAL_LATE", "is the collector running"));
  EXPECT_TRUE(enroller_->Credentials().ok());
  collector_.Start();
  EXPECT_TRUE(listener_.WaitForCredentials(2));
  EXPECT_EQ(collector_.asked().enrol.size(), 1u);
}

TEST_F(RenewalTest, JoinsAnewWhenItWasRevoked) {
  Join();
  Refuse(grpc::StatusCode::PERMISSION_DENIED, "db-1 was revoked");
  Pass(2400);
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  EXPECT_EQ(collector_.asked().enrol.size(), 2u);
  EXPECT_EQ(collector_.asked().keys.size(), 2u);
}

TEST_F(RenewalTest, SaysWhatToDoWhenItWasRevokedAndThereIsNoToken) {
  Join();
  ASSERT_EQ(unlink(token_file_.c_str()), 0);
  Refuse(grpc::StatusCode::PERMISSION_DENIED, "db-1 was revoked");
  Pass(2400);
  ASSERT_TRUE(listener_.WaitForState("RENEWAL_REFUSED", "db-1 was revoked"));
  EXPECT_THAT(listener_.states().back().detail, HasSubstr("Make a token for it"));
  // A new token is seen by itself.
  WriteToken(kToken);
  EXPECT_TRUE(listener_.WaitForCredentials(2));
}

TEST_F(RenewalTest, RenewsAgainWhenARevocationIsTakenBack) {
  Join();
  ASSERT_EQ(unlink(token_file_.c_str()), 0);
  Refuse(grpc::StatusCode::PERMISSION_DENIED, "db-1 was revoked");
  Pass(2400);
  ASSERT_TRUE(listener_.WaitForState("RENEWAL_REFUSED"));
  collector_.set_manners({});
  enroller_->Wake();
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  EXPECT_EQ(collector_.asked().enrol.size(), 1u);
}

TEST_F(RenewalTest, ADoubtRenewsAtOnceAndOnlyOnceInTenMinutes) {
  Join();
  clock_.Shift({}, Span::Seconds(61));
  enroller_->Doubt();
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  clock_.Shift({}, Span::Seconds(590));
  enroller_->Doubt();
  LetItLook();
  EXPECT_EQ(collector_.asked().renew.size(), 1u);
  clock_.Shift({}, Span::Seconds(11));
  enroller_->Doubt();
  ASSERT_TRUE(listener_.WaitForCredentials(3));
  EXPECT_EQ(collector_.asked().renew.size(), 2u);
}

TEST_F(RenewalTest, ADoubtIsNewWhenTheCollectorTookTheCertificateBetween) {
  Join();
  for (int times = 2; times < 5; ++times) {
    enroller_->Trust();
    enroller_->Doubt();
    ASSERT_TRUE(listener_.WaitForCredentials(times));
  }
}

TEST_F(RenewalTest, AHostThatJoinedAndIsRefusedDoesNotUseTheTokenUpAtOnce) {
  Join();
  enroller_->Doubt();
  LetItLook();
  EXPECT_TRUE(collector_.asked().renew.empty());
}

TEST_F(RenewalTest, RenewsOnceAMinuteAtMostAndNamesAClockThatIsAhead) {
  FakeEnrolment::Manners manners;
  manners.since = Span::Seconds(3000);
  collector_.set_manners(manners);
  Join();
  Pass(59);
  LetItLook();
  EXPECT_TRUE(collector_.asked().renew.empty());
  Pass(2);
  ASSERT_TRUE(listener_.WaitForState("CLOCK_WRONG", "has just made"));
  EXPECT_EQ(collector_.asked().renew.size(), 1u);
}

TEST_F(RenewalTest, NamesAClockThatIsBehindAtTheStart) {
  Join();
  enroller_.reset();
  clock_.Shift(Span::Seconds(-86'400), {});
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("CLOCK_WRONG", "is the clock right (timedatectl)?"));
  EXPECT_TRUE(enroller_->Credentials().ok()) << "the collector goes by its own clock";
  listener_.ForgetStates();
  clock_.Shift(Span::Seconds(86'400), {});
  enroller_->Wake();
  EXPECT_TRUE(listener_.WaitForState("", "joined as"));
}

TEST_F(RenewalTest, SaysThatItStaysWhoItIsWhenTheConfigurationSaysOtherwise) {
  Join();
  enroller_.reset();
  options_.applicant.host = "db-2";
  testing::internal::CaptureStderr();
  StartEnroller();
  enroller_.reset();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("stays faultline://shop/db-1?env=prod&role=db although the configuration "
                        "says host db-2"));
}

TEST_F(RenewalTest, NeverAsksForATokenWhileThereIsAnIdentity) {
  Join();
  enroller_.reset();
  ASSERT_EQ(unlink(token_file_.c_str()), 0);
  StartEnroller();
  LetItLook();
  EXPECT_TRUE(enroller_->Credentials().ok());
  EXPECT_EQ(collector_.asked().authority, 1);
}

TEST_F(RenewalTest, JoinsAnewWhenTheIdentityIsDamaged) {
  Join();
  enroller_.reset();
  const std::string path = state_dir() + "/identity/identity.pem";
  const std::string text = spool::Slurp(path);
  spool::Spill(path, text.substr(0, text.size() / 2));
  FakeEnrolment::Manners manners;
  manners.refuse_enrol = {grpc::StatusCode::UNAVAILABLE, "not now"};
  collector_.set_manners(manners);
  StartEnroller();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE", path + " is cut off"));
  collector_.set_manners({});
  EXPECT_TRUE(listener_.WaitForCredentials(2));
  EXPECT_TRUE(OnDisk().ok());
}

}  // namespace
}  // namespace faultline::link
