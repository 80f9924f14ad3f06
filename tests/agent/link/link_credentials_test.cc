// A link whose credentials come late, or change while it connects.
#include <future>

#include "tests/agent/link/link_testing.h"

namespace faultline::link {
namespace {

class LinkCredentialsTest : public LinkTest {
 protected:
  LinkCredentialsTest() {
    credentials_ = authority_.Issue(testing_certificates::kAgentName);
    options_.credentials = [this]() -> absl::StatusOr<tls::PemFiles> {
      if (waits_ > 0 && --waits_ > 0) return absl::UnavailableError("not joined yet");
      return tls::PemFiles{.ca = authority_.pem(),
                           .certificate = credentials_.certificate,
                           .key = credentials_.key,
                           .leaf = nullptr};
    };
    // Nothing but what a test does makes it connect again.
    options_.min_backoff = options_.max_backoff = options_.credentials_look = Span::Seconds(3600);
  }
  ~LinkCredentialsTest() override { link_.reset(); }

  // At the hello of a first stream, which is then refused with `status`, others come.
  void ChangeCredentialsAtHello(const grpc::Status& status) {
    FakeCollector::Manners manners;
    manners.welcome = false;
    manners.refuse_with = status;
    manners.at_hello = [this, status] {
      started_.get_future().wait();
      link_->OnCredentials();
      collector_.set_manners({});
      if (status.ok()) collector_.Drop();
    };
    collector_.set_manners(manners);
    StartCollector();
    StartLink();
    started_.set_value();
  }

  testing_certificates::Issued credentials_;
  int waits_ = 0;
  std::promise<void> started_;
};

TEST_F(LinkCredentialsTest, ConnectsWhenTheyComeHoweverLongItWaited) {
  waits_ = 50;
  options_.min_backoff = Span::Millis(20);
  options_.credentials_look = Span::Millis(1);
  StartCollector();
  StartLink();
  EXPECT_TRUE(source_.WaitForConnected());
}

TEST_F(LinkCredentialsTest, ConnectsAtOnceWhenTheyCameDuringAnAttemptThatFailed) {
  ChangeCredentialsAtHello(grpc::Status::OK);
  EXPECT_TRUE(source_.WaitForConnected());
}

TEST_F(LinkCredentialsTest, ARefusalOfThoseThatWereReplacedIsNobodysDoubt) {
  ChangeCredentialsAtHello({grpc::StatusCode::PERMISSION_DENIED, "db-1 was revoked"});
  EXPECT_TRUE(source_.WaitForConnected());
  EXPECT_EQ(source_.refused(), 0);
}

TEST_F(LinkCredentialsTest, AStreamThatLivedAndBrokeIsNotMadeAnewAtOnce) {
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForConnected());
  link_->OnCredentials();
  collector_.Drop();
  ASSERT_TRUE(source_.WaitForFailure(""));
  EXPECT_EQ(collector_.said().size(), 1u);
  // Until there are others again.
  link_->OnCredentials();
  EXPECT_TRUE(source_.WaitForConnected(2));
}

TEST_F(LinkCredentialsTest, AsksForClockAndAuthorityWhenTheHandshakeFails) {
  const testing_certificates::Authority other;
  options_.credentials = [&]() -> absl::StatusOr<tls::PemFiles> {
    return tls::PemFiles{.ca = other.pem(),
                         .certificate = credentials_.certificate,
                         .key = credentials_.key,
                         .leaf = nullptr};
  };
  StartCollector();
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("is this host's clock right"));
  EXPECT_TRUE(source_.WaitForFailure("join --again"));
  link_.reset();  // it asks `other`
}

}  // namespace
}  // namespace faultline::link
