// `faultline-agent join`, --check-config of a host that joins, and the check of the agent's own.
#include "agent/join_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/joining.h"
#include "agent/link/identity_store.h"
#include "tests/agent/link/fake_enrolment.h"
#include "tests/agent/reporter_testing.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz";

TEST(JoinConfigForTest, TakesFlagsAloneWithTheirDefaults) {
  const auto config = JoinConfigFor({.collector = "10.0.1.20", .token_file = "/t"},
                                    absl::NotFoundError("no file"), "db-1.internal");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->join.address, "10.0.1.20:7444");
  EXPECT_EQ(config->join.host, "db-1");
  EXPECT_EQ(config->state_dir, "/var/lib/faultline/agent");
  EXPECT_EQ(config->collector_name, "faultline-collector");
}

TEST(JoinConfigForTest, TakesTheConfigurationAndLetsFlagsReplaceIt) {
  config::AgentConfig file;
  file.state_dir = "/state";
  file.join = {.token_file = "/t", .address = "a:7444", .host = "app-1"};
  auto config = JoinConfigFor({}, file);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->join.address, "a:7444");
  config = JoinConfigFor({.collector = "b:1", .host = "app-2", .state_dir = "/s"}, file);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->join.address, "b:1");
  EXPECT_EQ(config->join.host, "app-2");
  EXPECT_EQ(config->state_dir, "/s");
}

TEST(JoinConfigForTest, SaysWhichFlagIsMissingOrWrong) {
  config::AgentConfig tls;
  EXPECT_THAT(JoinConfigFor({}, tls).status().message(),
              HasSubstr("give --collector and --token-file"));
  EXPECT_EQ(JoinConfigFor({.collector = "a"}, absl::NotFoundError("no file")).status().message(),
            "no file");
  EXPECT_THAT(JoinConfigFor({.collector = "a:b:c", .token_file = "/t"}, tls).status().message(),
              HasSubstr("--collector takes HOST"));
  EXPECT_THAT(
      JoinConfigFor({.collector = "a", .token_file = "/t", .host = "-"}, tls).status().message(),
      HasSubstr("--host takes"));
}

class JoinOnceTest : public testing::Test {
 protected:
  JoinOnceTest() : collector_(clock_) {
    collector_.AddToken(kToken);
    collector_.Start();
    testing_certificates::WriteFile(directory_ / "token", std::string(kToken) + "\n");
    chmod((directory_ / "token").c_str(), 0600);
    config_.state_dir = directory_ / "lib/state";
    config_.join = {
        .token_file = directory_ / "token", .address = collector_.address(), .host = "db-1"};
  }
  // Its status; what it prints is in out_.
  absl::Status Join(bool again = false) {
    testing::internal::CaptureStdout();
    const absl::Status status = JoinOnce(config_, again, clock_);
    out_ = testing::internal::GetCapturedStdout();
    return status;
  }

  const SystemClock clock_;
  fakes::TempDirectory directory_;
  link::FakeEnrolment collector_;
  config::AgentConfig config_;
  std::string out_;
};

TEST_F(JoinOnceTest, PrintsWhatItLearnt) {
  ASSERT_TRUE(Join().ok());
  EXPECT_THAT(out_, HasSubstr(link::Fingerprint(collector_.authority().certificate())));
  EXPECT_THAT(out_, HasSubstr("Identity:    faultline://shop/db-1?env=prod&role=db"));
  EXPECT_THAT(out_, Not(HasSubstr("abcdefghijklmnop")));
  EXPECT_TRUE(link::IdentityStore::Peek(config_.state_dir).ok());
  const auto plan = JoinPlan(config_);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(*plan, HasSubstr("joined as faultline://shop/db-1"));
}

TEST_F(JoinOnceTest, LeavesAHostThatHasJoinedAsItIsUnlessAskedAgain) {
  ASSERT_TRUE(Join().ok());
  ASSERT_TRUE(Join().ok());
  EXPECT_THAT(out_, HasSubstr("has joined already"));
  EXPECT_EQ(collector_.asked().enrol.size(), 1u);
  ASSERT_TRUE(Join(true).ok());
  EXPECT_EQ(collector_.asked().enrol.size(), 2u);
}

TEST_F(JoinOnceTest, TellsByItsExitCodeWhetherToTryAgain) {
  EXPECT_EQ(JoinExitCode(absl::OkStatus()), 0);
  link::FakeEnrolment::Manners manners;
  manners.refuse_enrol = {grpc::StatusCode::ALREADY_EXISTS, "db-1 is taken"};
  collector_.set_manners(manners);
  EXPECT_EQ(JoinExitCode(Join()), 3);
  collector_.Stop();
  EXPECT_EQ(JoinExitCode(Join()), 1);
  chmod(config_.join.token_file.c_str(), 0644);
  EXPECT_EQ(JoinExitCode(Join()), 2);
}

TEST_F(JoinOnceTest, ThePlanNamesTheTokenByItsIdAlone) {
  const auto plan = JoinPlan(config_);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(*plan, "joins at " + config_.join.address + " as host db-1 with the token abcdefghij");
  chmod(config_.join.token_file.c_str(), 0644);
  EXPECT_THAT(JoinPlan(config_).status().message(),
              HasSubstr("join.token_file: everybody on this host may read"));
}

TEST_F(ReporterTest, TroubleWithTheIdentityIsACheckOfTheAgentsOwn) {
  Start({Unit("a")});
  reporter_->ReportJoining({.joined = false, .reason = "JOIN_UNREACHABLE", .detail = "x"});
  EXPECT_EQ(reporter_->Summarize().join_trouble, "JOIN_UNREACHABLE");
  EXPECT_EQ(Snapshot().count("identity:agent"), 0u);
  reporter_->ReportJoining({.joined = true, .reason = "RENEWAL_LATE", .detail = "runs out"});
  faultline::v1::Snapshot snapshot;
  ASSERT_EQ(Snapshot(&snapshot).count("identity:agent"), 1u);
  const auto& seen = snapshot.checks(1).observation();
  EXPECT_EQ(seen.state(), faultline::v1::STATE_WARNING);
  EXPECT_EQ(seen.reason(), "RENEWAL_LATE");
  reporter_->ReportJoining({.joined = true, .reason = "", .detail = "joined"});
  faultline::v1::Snapshot later;
  Snapshot(&later);
  EXPECT_EQ(later.checks(1).observation().state(), faultline::v1::STATE_OK);
  EXPECT_EQ(reporter_->Summarize().join_trouble, "");
}

}  // namespace
}  // namespace faultline::agent
