#include "agent/cloud/identity_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <optional>

#include "tests/agent/cloud/cloud_testing.h"
#include "tests/agent/host/run_until.h"

namespace faultline::cloud {
namespace {

using testing::IsEmpty;
using testing::Not;

class IdentitySearchTest : public testing::Test {
 protected:
  ~IdentitySearchTest() override { unsetenv("AWS_EC2_METADATA_DISABLED"); }

  void Start() {
    search_ = std::make_unique<IdentitySearch>(*loop_,
                                               SearchOptions{.root = machine_.root(),
                                                             .service = fake_.service(),
                                                             .first_retry = Span::Millis(10),
                                                             .longest_retry = Span::Millis(20)},
                                               [this](const Ec2Identity& identity) {
                                                 ++times_;
                                                 found_ = identity;
                                               });
    search_->Start();
  }
  bool WaitForFound() {
    return host::RunUntil(*loop_, [this] { return found_.has_value(); });
  }
  // Nobody was asked in a time in which somebody would have been.
  bool NobodyIsAsked() {
    host::RunUntil(
        *loop_, [this] { return !fake_.heads().empty(); }, Span::Millis(100));
    return fake_.heads().empty();
  }

  MachineFiles machine_;
  FakeMetadata fake_;
  std::unique_ptr<host::Loop> loop_ = *host::Loop::Create();
  std::unique_ptr<IdentitySearch> search_;
  std::optional<Ec2Identity> found_;
  int times_ = 0;
};

TEST_F(IdentitySearchTest, CloudInitsWordComesAtOnceAndNobodyIsAsked) {
  machine_.BeEc2();
  machine_.WriteInstanceData();
  Start();
  EXPECT_EQ(found_, (Ec2Identity{kInstance, "us-east-1"}));
  EXPECT_TRUE(NobodyIsAsked());
}

TEST_F(IdentitySearchTest, WithoutItTheMetadataServiceIsAsked) {
  machine_.BeEc2();
  Start();
  ASSERT_TRUE(WaitForFound());
  EXPECT_EQ(found_, (Ec2Identity{kInstance, "us-east-1"}));
}

TEST_F(IdentitySearchTest, OnAMachineOfSomebodyElseNoPacketIsSent) {
  machine_.Write("/sys/devices/virtual/dmi/id/sys_vendor", "QEMU\n");
  Start();
  EXPECT_TRUE(NobodyIsAsked());
  EXPECT_FALSE(found_.has_value());
}

TEST_F(IdentitySearchTest, WhereItIsSwitchedOffNoPacketIsSent) {
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  machine_.BeEc2();
  Start();
  EXPECT_TRUE(NobodyIsAsked());
}

TEST_F(IdentitySearchTest, AServiceThatAnswersLateIsAskedOn) {
  machine_.BeEc2();
  std::atomic<int> asked = 0;
  fake_.set_answer([&](const std::string& head) {
    return ++asked < 4 ? HttpAnswer("503 Service Unavailable", "") : FakeMetadata::AsItShould(head);
  });
  Start();
  ASSERT_TRUE(WaitForFound());
  EXPECT_EQ(times_, 1);
  EXPECT_GE(asked, 5);
}

TEST_F(IdentitySearchTest, CloudInitMayBeLateToo) {
  machine_.BeEc2();
  fake_.set_answer([&](const std::string&) { return HttpAnswer("403 Forbidden", ""); });
  Start();
  ASSERT_TRUE(host::RunUntil(*loop_, [&] { return !fake_.heads().empty(); }));
  machine_.WriteInstanceData();
  EXPECT_TRUE(WaitForFound());
}

TEST_F(IdentitySearchTest, StoppedItAsksNobody) {
  machine_.BeEc2();
  Start();
  search_->Stop();
  EXPECT_TRUE(NobodyIsAsked());
  EXPECT_FALSE(found_.has_value());
}

}  // namespace
}  // namespace faultline::cloud
