// Renewing and joining on a disk that takes nothing.
#include "tests/agent/link/renewal_testing.h"
#include "tests/agent/spool/fake_disk.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

class DiskTest : public RenewalTest {
 protected:
  ~DiskTest() override { enroller_.reset(); }

  // Joined, then renewed while the disk is full.
  void RenewOnAFullDisk() {
    StartCollector();
    StartOn(disk_);
    ASSERT_TRUE(listener_.WaitForState("", "joined as"));
    joined_ = Used();
    disk_.set_fault(spool::FakeDisk::Fault::kFull);
    Pass(2400);
    ASSERT_TRUE(listener_.WaitForState("IDENTITY_UNWRITABLE", "in memory only"));
    ASSERT_EQ(collector_.asked().renew.size(), 1u);
  }
  std::string Used() {
    const auto credentials = enroller_->Credentials();
    return credentials.ok() ? credentials->certificate : credentials.status().ToString();
  }
  std::string Kept() {
    return disk_.Read("/disk/agent/identity/identity.pem", 100'000).value_or("");
  }

  spool::FakeDisk disk_{1};
  std::string joined_;
};

// The collector renews no certificate once a newer one was used: this one must be on disk first.
TEST_F(DiskTest, UsesARenewedCertificateOnlyWhenARestartWouldFindItToo) {
  RenewOnAFullDisk();
  EXPECT_EQ(Used(), joined_);
  EXPECT_EQ(listener_.credentials(), 1);
  StartOn(disk_);
  EXPECT_EQ(Used(), joined_);
  EXPECT_THAT(Kept(), HasSubstr(joined_));
}

TEST_F(DiskTest, UsesItFromMemoryWhenTheOneOnDiskHasRunOut) {
  RenewOnAFullDisk();
  clock_.Shift(Span::Seconds(1300), Span::Seconds(1300));
  EXPECT_THAT(Used(), HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_NE(Used(), joined_);
}

TEST_F(DiskTest, WritesItWhenThereIsRoomAndUsesItThen) {
  RenewOnAFullDisk();
  disk_.set_fault(spool::FakeDisk::Fault::kNone);
  testing::internal::CaptureStderr();
  listener_.ForgetStates();
  enroller_->Wake();
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  EXPECT_NE(Used(), joined_);
  EXPECT_THAT(Kept(), HasSubstr(Used()));
  EXPECT_TRUE(listener_.WaitForState("", "joined as"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("IDENTITY_UNWRITABLE is over"));
}

TEST_F(DiskTest, ADoubtedCertificateIsReplacedAlsoFromMemory) {
  StartCollector();
  StartOn(disk_);
  ASSERT_TRUE(listener_.WaitForState("", "joined as"));
  const std::string before = Used();
  disk_.set_fault(spool::FakeDisk::Fault::kFull);
  enroller_->Trust();
  enroller_->Doubt();
  ASSERT_TRUE(listener_.WaitForCredentials(2));
  EXPECT_NE(Used(), before);
}

TEST_F(DiskTest, GoesOnSayingThatNothingIsKeptWhileARenewalFails) {
  RenewOnAFullDisk();
  listener_.ForgetStates();
  Refuse(grpc::StatusCode::UNAVAILABLE, "not now");
  enroller_->Trust();
  enroller_->Doubt();
  ASSERT_TRUE(collector_.WaitFor([](const auto& asked) { return asked.renew.size() >= 4; }));
  for (const JoinState& state : listener_.states()) {
    EXPECT_EQ(state.reason, "IDENTITY_UNWRITABLE") << state.detail;
  }
}

TEST_F(DiskTest, NeverAsksForACertificateWhoseKeyCouldNotBeKept) {
  StartCollector();
  disk_.set_fault(spool::FakeDisk::Fault::kFull);
  StartOn(disk_);
  ASSERT_TRUE(listener_.WaitForState("IDENTITY_UNWRITABLE", "has not joined"));
  EXPECT_TRUE(collector_.asked().enrol.empty());
  disk_.set_fault(spool::FakeDisk::Fault::kNone);
  enroller_->Wake();
  EXPECT_TRUE(listener_.WaitForCredentials());
}

}  // namespace
}  // namespace faultline::link
