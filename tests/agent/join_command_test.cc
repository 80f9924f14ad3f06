// `faultline-agent join`, --check-config of a host that joins, and the check of the agent's own.
#include "agent/join_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

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
  EXPECT_EQ(JoinConfigFor({.collector = "a", .token_file = "/t"},
                          absl::InvalidArgumentError("agent.yaml:3: no"))
                .status()
                .message(),
            "agent.yaml:3: no")
      << "a file that is there and broken";
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
  // Its status; all of it is in outcome_, what it prints in out_.
  absl::Status Join(bool again = false) {
    testing::internal::CaptureStdout();
    outcome_ = JoinOnce(config_, again, clock_);
    out_ = testing::internal::GetCapturedStdout();
    return outcome_.status;
  }

  const SystemClock clock_;
  fakes::TempDirectory directory_;
  link::FakeEnrolment collector_;
  config::AgentConfig config_;
  JoinOutcome outcome_ = {absl::OkStatus(), 0};
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

TEST_F(JoinOnceTest, SaysHowItStandsBesideAnAgentThatRuns) {
  ASSERT_TRUE(Join().ok());
  const auto agents = link::IdentityStore::Open(config_.state_dir);
  ASSERT_TRUE(agents.ok()) << agents.status();
  EXPECT_TRUE(Join().ok());
  EXPECT_THAT(out_, HasSubstr("has joined already"));
  EXPECT_THAT(out_, HasSubstr(config_.state_dir + "/identity/identity.pem"));
  EXPECT_THAT(Join(true).message(), HasSubstr("systemctl stop faultline-agent first"));
  EXPECT_EQ(outcome_.exit_code, 2);
  EXPECT_EQ(collector_.asked().enrol.size(), 1u);
}

TEST_F(JoinOnceTest, WaitsForAnAgentThatJoinsByItself) {
  std::filesystem::create_directories(config_.state_dir);
  const auto agents = link::IdentityStore::Open(config_.state_dir);
  ASSERT_TRUE(agents.ok()) << agents.status();
  EXPECT_THAT(Join().message(), HasSubstr("joins and renews by itself"));
  EXPECT_EQ(outcome_.exit_code, 1);
}

TEST_F(JoinOnceTest, LeavesACertificateThatRanOutToTheAgent) {
  ASSERT_TRUE(Join().ok());
  struct : Clock {
    WallTime Now() const override { return SystemClock().Now() + Span::Seconds(7200); }
    MonoTime Mono() const override { return SystemClock().Mono(); }
  } const late;
  testing::internal::CaptureStdout();
  EXPECT_EQ(JoinOnce(config_, false, late).exit_code, 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("the agent renews it"));
  EXPECT_EQ(collector_.asked().enrol.size(), 1u);
}

TEST_F(JoinOnceTest, SaysThatAnotherNameOrRoleIsNotTakenOver) {
  ASSERT_TRUE(Join().ok());
  config_.join.host = "db-2";
  ASSERT_TRUE(Join().ok());
  EXPECT_THAT(out_, HasSubstr("although the configuration says host db-2"));
  EXPECT_THAT(*JoinPlan(config_), HasSubstr("although the configuration says host db-2"));
}

TEST_F(JoinOnceTest, TellsByItsExitCodeWhetherToTryAgain) {
  const auto refuse = [this](grpc::StatusCode code) {
    link::FakeEnrolment::Manners manners;
    manners.refuse_enrol = {code, "no"};
    collector_.set_manners(manners);
    Join().IgnoreError();
    return outcome_.exit_code;
  };
  EXPECT_EQ(refuse(grpc::StatusCode::ALREADY_EXISTS), 3);
  EXPECT_EQ(refuse(grpc::StatusCode::INVALID_ARGUMENT), 3);
  EXPECT_EQ(refuse(grpc::StatusCode::RESOURCE_EXHAUSTED), 1);
  collector_.Stop();
  EXPECT_EQ(refuse(grpc::StatusCode::OK), 1);
  chmod(config_.join.token_file.c_str(), 0644);
  EXPECT_EQ(refuse(grpc::StatusCode::OK), 2);
  EXPECT_EQ(JoinExitCode(link::JoinStep::kProof, absl::NotFoundError("no such token")), 3);
  EXPECT_EQ(JoinExitCode(link::JoinStep::kDisk, absl::ResourceExhaustedError("full")), 1);
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
