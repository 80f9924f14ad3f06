// Joining and renewing, as the stream sees it.
#include "tests/agent/link/link_testing.h"
#include "tests/agent/link/renewal_testing.h"

namespace faultline::link {
namespace {

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
  ASSERT_EQ(agents_.serials().size(), 1u);
  agents_.Drop();
  // The link waits an hour by itself; the next renewal's word ends that.
  ASSERT_TRUE(source_.WaitForFailure(""));
  enroller_->Doubt();
  ASSERT_TRUE(source_.WaitForConnected(2));
  const auto serials = agents_.serials();
  EXPECT_NE(serials[1], serials[0]);
  EXPECT_EQ(serials[1], tls::SerialOfPem(enroller_->Credentials()->certificate));
}

}  // namespace
}  // namespace faultline::link
