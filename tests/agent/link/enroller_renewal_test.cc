// Renewing: in time, late, refused; and what the stream sees of it.
#include <chrono>
#include <thread>

#include "tests/agent/link/enroller_testing.h"
#include "tests/agent/link/link_testing.h"
#include "tests/agent/spool/fake_disk.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

class RenewalTest : public EnrollerTest {
 protected:
  void Join() {
    StartCollector();
    StartEnroller();
    ASSERT_TRUE(listener_.WaitForState("", "joined as"));
  }
  void Pass(int64_t seconds) {
    clock_.Shift(Span::Seconds(seconds), Span::Seconds(seconds));
    enroller_->Wake();
  }
  void Refuse(grpc::StatusCode code, const std::string& text) {
    FakeEnrolment::Manners manners;
    manners.refuse_renew = {code, text};
    collector_.set_manners(manners);
  }
};

TEST_F(RenewalTest, RenewsAtTwoThirdsWithANewKeySignedByTheOldOne) {
  Join();
  const auto before = OnDisk();
  Pass(1800);
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
  enroller_->Doubt();
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  enroller_->Doubt();
  enroller_->Wake();
  clock_.Shift({}, Span::Seconds(601));
  enroller_->Doubt();
  ASSERT_TRUE(listener_.WaitForCredentials(3));
  EXPECT_EQ(collector_.asked().renew.size(), 2u);
}

TEST_F(RenewalTest, NeverAsksForATokenWhileThereIsAnIdentity) {
  Join();
  enroller_.reset();
  ASSERT_EQ(unlink(token_file_.c_str()), 0);
  StartEnroller();
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

TEST_F(RenewalTest, RenewsOnAFullDiskFromMemoryAndWritesItWhenThereIsRoom) {
  StartCollector();
  spool::FakeDisk disk(1);
  auto store = IdentityStore::Open("/disk/agent", &disk);
  ASSERT_TRUE(store.ok()) << store.status();
  enroller_ = Enroller::Make(options_, *std::move(store), clock_);
  enroller_->Start(listener_);
  ASSERT_TRUE(listener_.WaitForState("", "joined as"));
  disk.set_fault(spool::FakeDisk::Fault::kFull);
  const std::string before = enroller_->Credentials()->certificate;
  Pass(2400);
  ASSERT_TRUE(listener_.WaitForState("IDENTITY_UNWRITABLE", "in memory only"));
  const std::string after = enroller_->Credentials()->certificate;
  EXPECT_NE(after, before);
  disk.set_fault(spool::FakeDisk::Fault::kNone);
  enroller_->Wake();
  // The state before the trouble was this one too, so the disk is asked.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string kept;
  while (kept.find(after) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    kept = disk.Read("/disk/agent/identity/identity.pem", 100'000).value_or("");
    std::this_thread::yield();
  }
  EXPECT_NE(kept.find(after), std::string::npos);
  enroller_.reset();
}

TEST_F(RenewalTest, NeverAsksForACertificateWhoseKeyCouldNotBeKept) {
  StartCollector();
  spool::FakeDisk disk(1);
  auto store = IdentityStore::Open("/disk/agent", &disk);
  ASSERT_TRUE(store.ok()) << store.status();
  disk.set_fault(spool::FakeDisk::Fault::kFull);
  enroller_ = Enroller::Make(options_, *std::move(store), clock_);
  enroller_->Start(listener_);
  ASSERT_TRUE(listener_.WaitForState("IDENTITY_UNWRITABLE", "has not joined"));
  EXPECT_TRUE(collector_.asked().enrol.empty());
  disk.set_fault(spool::FakeDisk::Fault::kNone);
  enroller_->Wake();
  EXPECT_TRUE(listener_.WaitForCredentials());
  enroller_.reset();
}

// Joins, connects, renews: as in the agent.
class JoinedLinkTest : public RenewalTest, public Enroller::Listener {
 protected:
  JoinedLinkTest()
      : agents_(collector_.authority().pem(),
                collector_.authority().Issue(testing_certificates::kCollectorName)),
        spool_(spool::OpenSpool(dir_.path() + "/spool")),
        source_(*spool_) {}
  // While it is still a whole listener.
  void TearDown() override {
    if (enroller_ != nullptr) enroller_->Stop();
    link_.reset();
  }
  void OnCredentials() override {
    link_->OnCredentials();
    listener_.OnCredentials();
  }
  void OnJoinState(const JoinState& state) override { listener_.OnJoinState(state); }

  void StartAgent() {
    auto store = IdentityStore::Open(state_dir());
    ASSERT_TRUE(store.ok()) << store.status();
    enroller_ = Enroller::Make(options_, *std::move(store), clock_);
    LinkOptions options{.address = agents_.address(), .server_name = "faultline-collector"};
    // An hour: only the enroller's word makes it connect.
    options.min_backoff = options.max_backoff = Span::Seconds(3600);
    options.credentials = [this] { return enroller_->Credentials(); };
    link_ = Link::Start(options, {}, *spool_, source_, system_clock_);
    enroller_->Start(*this);
  }

  const SystemClock system_clock_;
  FakeCollector agents_;
  std::unique_ptr<spool::Spool> spool_;
  TestSource source_;
  std::unique_ptr<Link> link_;
};

TEST_F(JoinedLinkTest, ConnectsAsSoonAsItHasJoinedAndLosesNothingSeenBefore) {
  agents_.Start();
  StartCollector();
  collector_.Stop();
  StartAgent();
  ASSERT_TRUE(listener_.WaitForState("JOIN_UNREACHABLE"));
  const uint64_t seq = spool_->Append(kTransitions, spool::Transition("seen before joining"));
  collector_.Start();
  ASSERT_TRUE(source_.WaitForConnected());
  EXPECT_TRUE(agents_.WaitFor([&](const std::vector<Said>& said) {
    const auto records = RecordsOf(said.back(), kTransitions);
    return !records.empty() && records.back().seq() >= seq;
  }));
}

TEST_F(JoinedLinkTest, RenewsWithoutTouchingTheStreamAndConnectsWithTheNewCertificate) {
  agents_.Start();
  StartCollector();
  StartAgent();
  ASSERT_TRUE(source_.WaitForConnected());
  // TLS itself goes by the machine's clock, which does not move with the test's.
  FakeEnrolment::Manners manners;
  manners.since = Span::Seconds(3000);
  manners.life = Span::Seconds(36'000);
  collector_.set_manners(manners);
  Pass(2400);
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  // The stream that was there still carries what is seen.
  const uint64_t seq = spool_->Append(kTransitions, spool::Transition("after the renewal"));
  link_->Wake();
  EXPECT_TRUE(agents_.WaitFor([&](const std::vector<Said>& said) {
    const auto records = RecordsOf(said.back(), kTransitions);
    return !records.empty() && records.back().seq() >= seq;
  }));
  EXPECT_EQ(agents_.said().size(), 1u);
  agents_.Drop();
  // The link waits an hour by itself; the next renewal's word ends that.
  ASSERT_TRUE(source_.WaitForFailure(""));
  enroller_->Doubt();
  EXPECT_TRUE(source_.WaitForConnected(2));
}

}  // namespace
}  // namespace faultline::link
