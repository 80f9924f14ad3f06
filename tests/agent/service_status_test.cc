#include "agent/service_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/reload.h"

namespace faultline::agent {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(StatusNoticeTest, CountsTheStatesAndNamesTheWorst) {
  Reporter::Summary summary;
  summary.counts = {{State::kOk, 11}, {State::kCritical, 1}, {State::kUnspecified, 2}};
  summary.worst = "port:10.0.2.10:3306 REFUSED";
  summary.connected = true;
  EXPECT_EQ(StatusNotice(summary, false),
            "STATUS=1 CRITICAL (port:10.0.2.10:3306 REFUSED), 11 OK, 2 not yet seen; connected to "
            "the collector");
}

TEST(StatusNoticeTest, TellsOfARefusedReloadAndALostLink) {
  Reporter::Summary summary;
  summary.counts = {{State::kOk, 3}};
  EXPECT_EQ(StatusNotice(summary, true),
            "STATUS=3 OK; not connected to the collector; the last reload was refused, see the "
            "log");
}

TEST(StatusNoticeTest, SaysWhyThisHostHasNotJoined) {
  Reporter::Summary summary;
  summary.counts = {{State::kOk, 3}};
  summary.join_trouble = "JOIN_NO_TOKEN";
  EXPECT_EQ(StatusNotice(summary, false),
            "STATUS=3 OK; not connected to the collector (JOIN_NO_TOKEN)");
}

config::AgentConfig Running() {
  config::AgentConfig config;
  config.collector_address = "10.0.1.20:7443";
  config.tls = {.ca = "/ca", .certificate = "/crt", .key = "/key"};
  config.state_dir = "/var/lib/faultline/agent";
  return config;
}

TEST(NeedsRestartTest, NamesWhatStaysAsItIs) {
  config::AgentConfig loaded = Running();
  loaded.collector_address = "10.0.1.30:7443";
  EXPECT_THAT(NeedsRestart(Running(), loaded, std::nullopt),
              ElementsAre("collector.address stays 10.0.1.20:7443 until a restart (systemctl "
                          "restart faultline-agent); the file says 10.0.1.30:7443"));
  loaded = Running();
  loaded.join.token_file = "/etc/faultline/join-token";
  EXPECT_THAT(NeedsRestart(Running(), loaded, std::nullopt),
              ElementsAre("join.token_file stays unset until a restart (systemctl restart "
                          "faultline-agent); the file says /etc/faultline/join-token"));
  loaded = Running();
  loaded.tls.key = "/other";
  loaded.state_dir = "/elsewhere";
  EXPECT_THAT(NeedsRestart(Running(), loaded, std::nullopt),
              ElementsAre(HasSubstr("tls.key stays"), HasSubstr("state_dir stays")));
}

TEST(NeedsRestartTest, SaysThatTheCertificateKeepsHostAndRole) {
  config::AgentConfig running = Running();
  running.join = {.token_file = "/t", .address = "a:7444", .host = "db-1"};
  running.role = "db";
  config::AgentConfig loaded = running;
  loaded.join.host = "db-2";
  loaded.role = "app";
  const HostIdentity db{.id = {{"shop", "prod"}, "db-1"}, .role = "db"};
  EXPECT_THAT(NeedsRestart(running, loaded, db),
              ElementsAre(AllOf(HasSubstr("although the configuration says host db-2, role app"),
                                HasSubstr("join --again"))));
  // What the file said before does not matter, nor that it now says what the certificate does.
  EXPECT_THAT(NeedsRestart(loaded, running, db), IsEmpty());
  EXPECT_THAT(NeedsRestart(loaded, loaded, db), testing::SizeIs(1));
  // Not joined yet: it goes on as what it was started as.
  EXPECT_THAT(NeedsRestart(running, loaded, std::nullopt),
              ElementsAre(HasSubstr("join.host stays db-1 until a restart"),
                          HasSubstr("role stays db until a restart")));
  loaded = Running();
  loaded.role = "app";
  EXPECT_THAT(NeedsRestart(Running(), loaded, std::nullopt), IsEmpty())
      << "certificates of one's own";
}

TEST(NeedsRestartTest, SaysNothingOfChecks) {
  config::AgentConfig loaded = Running();
  loaded.checks.resize(3);
  EXPECT_THAT(NeedsRestart(Running(), loaded, std::nullopt), IsEmpty());
}

}  // namespace
}  // namespace faultline::agent
