#include "collector/rules/just_started.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace faultline::rules {
namespace {

constexpr WallTime kUp{1'000'000'000'000};

class JustStartedTest : public testing::Test {
 protected:
  JustStartedTest() {
    page_ = Make({"http", "https://app.example/", ""}, State::kCritical, "STATUS_502");
    page_.remote_address = "127.0.0.1";
    page_.last_ok = kUp - Span::Seconds(1);
    Add(Make({"unit", "todo.service", ""}, State::kOk, ""));
  }

  static model::CheckPicture Make(CheckId id, State state, std::string reason) {
    model::CheckPicture check;
    check.id = std::move(id);
    check.subject = "site";
    check.state = state;
    check.reason = std::move(reason);
    check.since = kUp;
    return check;
  }
  model::CheckPicture& Add(model::CheckPicture check) {
    return host_.checks.insert_or_assign(check.id, check).first->second;
  }
  model::CheckPicture& unit() { return host_.checks.at({"unit", "todo.service", ""}); }
  std::optional<Start> Find(const model::HostPicture* other = nullptr) {
    host_.identity.id = {{"shop", "prod"}, "app-1"};
    model::Hosts hosts;
    hosts[host_.identity.id] = std::make_shared<const model::HostPicture>(host_);
    if (other != nullptr) {
      hosts[other->identity.id] = std::make_shared<const model::HostPicture>(*other);
    }
    return JustStarted(*hosts.at(host_.identity.id), page_, hosts, {});
  }

  model::HostPicture host_;
  model::CheckPicture page_;
};

TEST_F(JustStartedTest, AServiceOfTheSubjectThatIsUpWasStartedWhenItsUnitSays) {
  const std::optional<Start> start = Find();
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(start->at, kUp);
  EXPECT_EQ(start->grace, Patience().restart);
  EXPECT_EQ(start->unit, "todo.service");
  EXPECT_EQ(start->host, "app-1");
}

TEST_F(JustStartedTest, WhatAnsweredSinceItsStartIsNotStarting) {
  page_.last_ok = kUp;
  EXPECT_EQ(Find(), std::nullopt);
}

TEST_F(JustStartedTest, OnlyWhatAServiceThatIsNotReadyCausesIsExplained) {
  for (const char* reason : {"REFUSED", "RESET", "NOT_LISTENING", "STATUS_502", "STATUS_504"}) {
    page_.reason = reason;
    EXPECT_TRUE(Find().has_value()) << reason;
  }
  for (const char* reason : {"TLS_FAILED", "TIMEOUT", "BODY_MISMATCH", "LOOPBACK_ONLY",
                             "ADMIN_PROHIBITED", "AUTH_DENIED"}) {
    page_.reason = reason;
    EXPECT_FALSE(Find().has_value()) << reason;
  }
}

TEST_F(JustStartedTest, OfOtherStatusesOnly503) {
  page_.reason = "STATUS_OTHER";
  page_.gauges = {{"http_status_code", 500}};
  EXPECT_FALSE(Find().has_value());
  page_.gauges = {{"http_status_code", 503}};
  EXPECT_TRUE(Find().has_value());
}

TEST_F(JustStartedTest, AUnitOfTheSubjectThatIsDownSpeaksForItself) {
  Add(Make({"unit", "nginx.service", ""}, State::kCritical, "UNIT_FAILED"));
  EXPECT_EQ(Find(), std::nullopt);
}

TEST_F(JustStartedTest, AServiceOfAnotherSubjectOrWhatIsNoServiceIsNone) {
  unit().subject = "mail";
  EXPECT_EQ(Find(), std::nullopt);
  Add(Make({"unit", "renew.timer", ""}, State::kOk, ""));
  EXPECT_EQ(Find(), std::nullopt);
}

TEST_F(JustStartedTest, AHostThatHasComeUpIsWaitedForLonger) {
  host_.booted_at = kUp - Span::Seconds(1);
  page_.last_ok = {};
  const std::optional<Start> start = Find();
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(start->at, host_.booted_at);
  EXPECT_EQ(start->grace, Patience().boot);
  EXPECT_EQ(start->unit, "");
}

TEST_F(JustStartedTest, AnotherHostsStartExplainsNothingWhereTheEndIsKnown) {
  model::HostPicture other = host_;
  other.identity.id = {{"shop", "prod"}, "db-1"};
  other.booted_at = kUp;
  unit().subject = "mail";
  EXPECT_EQ(Find(&other), std::nullopt);
  page_.remote_address = "203.0.113.7";  // nobody's: a load balancer
  EXPECT_TRUE(Find(&other).has_value());
}

}  // namespace
}  // namespace faultline::rules
