// What other hosts see of one that is not heard.
#include "collector/rules/sight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const HostId kWeb{{"shop", "prod"}, "web"};
constexpr WallTime kLost{Span::Seconds(1000).ns};

class SightTest : public testing::Test {
 protected:
  SightTest() { AddHost("web", {"10.0.1.10", "172.17.0.1"}).link = model::LinkState::kSilent; }

  model::HostPicture& AddHost(const std::string& name, std::vector<std::string> addresses) {
    auto host = std::make_shared<model::HostPicture>();
    host->identity.id = {kWeb.stack, name};
    host->addresses = std::move(addresses);
    host->link = model::LinkState::kConnected;
    hosts_[host->identity.id] = host;
    return *host;
  }

  static void Port(model::HostPicture& host, State state, const std::string& reason, WallTime since,
                   WallTime observed, const std::string& address = "10.0.1.10") {
    model::CheckPicture check;
    check.id = {"port", address + ":443", ""};
    check.remote_address = address;
    check.remote_port = 443;
    check.state = state;
    check.reason = reason;
    check.since = since;
    check.observed = observed;
    host.checks[check.id] = check;
  }

  std::vector<model::Glimpse> See() const { return GlimpsesOf(kWeb, kLost, hosts_); }

  model::Hosts hosts_;
};

TEST_F(SightTest, ARefusalIsAnAnswer) {
  Port(AddHost("data", {"10.0.2.10"}), State::kCritical, "REFUSED", kLost,
       kLost + Span::Seconds(1));
  ASSERT_THAT(See(), SizeIs(1));
  EXPECT_TRUE(See()[0].answered);
  EXPECT_THAT(See()[0].by, ElementsAre("443"));
}

TEST_F(SightTest, WhatWasSeenBeforeProvesNothing) {
  Port(AddHost("data", {"10.0.2.10"}), State::kOk, "", kLost, kLost + Span::Seconds(-1));
  Port(AddHost("app-1", {"10.0.3.10"}), State::kCritical, "TIMEOUT", kLost + Span::Seconds(-6),
       kLost + Span::Seconds(9));
  EXPECT_THAT(See(), IsEmpty());
}

TEST_F(SightTest, SilenceThatBeganAboutThenCounts) {
  Port(AddHost("data", {"10.0.2.10"}), State::kCritical, "TIMEOUT", kLost + Span::Seconds(-2),
       kLost);
  ASSERT_THAT(See(), SizeIs(1));
  EXPECT_FALSE(See()[0].answered);
  EXPECT_EQ(See()[0].at, kLost);
}

TEST_F(SightTest, AnAddressThatOthersHaveTooProvesNothing) {
  Port(AddHost("data", {"10.0.2.10", "172.17.0.1"}), State::kOk, "", kLost,
       kLost + Span::Seconds(1), "172.17.0.1");
  EXPECT_THAT(See(), IsEmpty());
}

TEST_F(SightTest, WhoIsNotHeardSeesNothing) {
  model::HostPicture& data = AddHost("data", {"10.0.2.10"});
  Port(data, State::kOk, "", kLost, kLost + Span::Seconds(1));
  data.link = model::LinkState::kSilent;
  EXPECT_THAT(See(), IsEmpty());
}

TEST_F(SightTest, TheNewerOfAProbeAndACheckCounts) {
  Port(AddHost("data", {"10.0.2.10"}), State::kCritical, "TIMEOUT", kLost, kLost);
  auto web = std::make_shared<model::HostPicture>(*hosts_.at(kWeb));
  web->glimpses = {{"data", kLost + Span::Seconds(1), true, {"ping"}}};
  hosts_[kWeb] = web;
  EXPECT_TRUE(See()[0].answered) << "its port is closed, it lives";

  model::HostPicture& data = AddHost("data", {"10.0.2.10"});
  Port(data, State::kCritical, "TIMEOUT", kLost + Span::Seconds(5), kLost + Span::Seconds(6));
  EXPECT_FALSE(See()[0].answered) << "it answered, and then no more";

  web->glimpses = {{"data", kLost + Span::Seconds(2), false, {"ping", "443"}}};
  Port(data, State::kOk, "", kLost, kLost + Span::Seconds(1));
  EXPECT_FALSE(See()[0].answered) << "the probe is newer";
}

TEST(HostAnswersTest, WhatCannotTellSaysNothing) {
  model::CheckPicture check;
  check.id = {"port", "10.0.1.10:443", ""};
  check.state = State::kUnknown;
  EXPECT_EQ(HostAnswers(check), std::nullopt);
  check.state = State::kCritical;
  check.reason = "ADMIN_PROHIBITED";
  EXPECT_EQ(HostAnswers(check), std::nullopt) << "that was a firewall";
  check.id.kind = "mysql";
  check.reason = "TIMEOUT";
  EXPECT_EQ(HostAnswers(check), std::nullopt);
}

}  // namespace
}  // namespace faultline::rules
