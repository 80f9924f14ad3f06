#include "agent/checks/ping_words.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace faultline::checks {
namespace {

using host::EchoAnswer;
using host::EchoAnswerKind;

constexpr char kPingTarget[] = "db.internal";
constexpr char kPingAddress[] = "10.0.2.10";

EchoAnswer EchoIcmp(EchoAnswerKind kind) {
  return {.kind = kind, .by_icmp = true, .from = host::ParseIpAddress("10.0.1.1").value()};
}

PingSilence Silent(bool ever_answered, const EchoAnswer* hint = nullptr) {
  return {.misses = 5,
          .over = Span::Millis(300),
          .usual = ever_answered ? Span{400'000} : Span{},
          .ever_answered = ever_answered,
          .hint = hint};
}

TEST(PingWordsTest, EachAnswerHasItsStateReasonAndLine) {
  struct Row {
    EchoAnswer answer;
    State state;
    const char* reason;
    const char* detail;
  };
  const std::string shown = "db.internal (10.0.2.10)";
  const Row table[] = {
      {{.kind = EchoAnswerKind::kHostUnreachable},
       State::kCritical,
       "HOST_UNREACHABLE",
       "@ cannot be reached"},
      {EchoIcmp(EchoAnswerKind::kHostUnreachable), State::kCritical, "HOST_UNREACHABLE",
       "@ cannot be reached (ICMP from 10.0.1.1)"},
      {{.kind = EchoAnswerKind::kNetUnreachable},
       State::kCritical,
       "NET_UNREACHABLE",
       "this host has no route to @"},
      {EchoIcmp(EchoAnswerKind::kNetUnreachable), State::kCritical, "NET_UNREACHABLE",
       "no route to the network of @ (ICMP from 10.0.1.1)"},
      {{.kind = EchoAnswerKind::kBlackhole},
       State::kCritical,
       "NET_UNREACHABLE",
       "a blackhole route of this host swallows what goes to @"},
      {{.kind = EchoAnswerKind::kProhibited},
       State::kCritical,
       "ADMIN_PROHIBITED",
       "a route of this host prohibits @"},
      {EchoIcmp(EchoAnswerKind::kProhibited), State::kCritical, "ADMIN_PROHIBITED",
       "a firewall prohibits pings to @ (ICMP from 10.0.1.1)"},
      {{.kind = EchoAnswerKind::kBlockedHere},
       State::kCritical,
       "PING_TIMEOUT",
       "this host's own firewall drops pings to @ (chain OUTPUT)"},
      {{.kind = EchoAnswerKind::kCannotProbe, .error = EMFILE},
       State::kUnknown,
       "CANNOT_PROBE",
       "cannot send a ping to @: Too many open files"},
  };
  for (const Row& row : table) {
    std::string detail = row.detail;
    detail.replace(detail.find('@'), 1, shown);
    const Observation seen = DescribeNoReply(row.answer, kPingTarget, kPingAddress);
    EXPECT_EQ(seen.detail, detail);
    EXPECT_EQ(seen.state, row.state) << detail;
    EXPECT_EQ(seen.reason, row.reason) << detail;
  }
}

TEST(PingWordsTest, AReplyIsWellAndMeasured) {
  const Observation seen = DescribeReply(kPingTarget, kPingAddress, Span::Millis(4));
  EXPECT_EQ(seen.state, State::kOk);
  EXPECT_EQ(seen.detail, "db.internal (10.0.2.10) answers pings");
  ASSERT_EQ(seen.gauges.size(), 1u);
  EXPECT_EQ(seen.gauges[0].name, "ping_round_trip_seconds");
  EXPECT_DOUBLE_EQ(seen.gauges[0].value, 0.004);
  EXPECT_TRUE(DescribeReply(kPingTarget, kPingAddress, std::nullopt).gauges.empty());
}

TEST(PingWordsTest, SilenceOfAHostThatHasAnsweredIsAnOutage) {
  const Observation seen = DescribePingSilence(Silent(true), kPingAddress, kPingAddress);
  EXPECT_EQ(seen.state, State::kCritical);
  EXPECT_EQ(seen.reason, "PING_TIMEOUT");
  EXPECT_EQ(seen.detail, "10.0.2.10 does not answer pings");
  ASSERT_EQ(seen.evidence.size(), 1u);
  EXPECT_EQ(seen.evidence[0].text, "5 pings to 10.0.2.10 unanswered over 300ms; normally 0.4ms");
}

TEST(PingWordsTest, SilenceOfAHostThatNeverAnsweredConcludesNothing) {
  const EchoAnswer prohibited = EchoIcmp(EchoAnswerKind::kProhibited);
  for (const EchoAnswer* hint : {static_cast<const EchoAnswer*>(nullptr), &prohibited}) {
    const Observation seen = DescribePingSilence(Silent(false, hint), kPingTarget, kPingAddress);
    EXPECT_EQ(seen.state, State::kUnknown);
    EXPECT_EQ(seen.reason, "NEVER_ANSWERED");
    EXPECT_NE(seen.detail.find("security group"), std::string::npos) << seen.detail;
  }
}

TEST(PingWordsTest, AHostThatIsToldToBeUnreachableIsSoAlsoWhenItNeverAnswered) {
  const EchoAnswer hint = EchoIcmp(EchoAnswerKind::kHostUnreachable);
  const Observation seen = DescribePingSilence(Silent(false, &hint), kPingTarget, kPingAddress);
  EXPECT_EQ(seen.state, State::kCritical);
  EXPECT_EQ(seen.reason, "HOST_UNREACHABLE");
}

TEST(PingWordsTest, NothingThatCameByIcmpSettlesAtOnce) {
  for (const EchoAnswerKind kind : {EchoAnswerKind::kNetUnreachable, EchoAnswerKind::kBlackhole,
                                    EchoAnswerKind::kProhibited, EchoAnswerKind::kCannotProbe}) {
    EXPECT_TRUE(SettlesAtOnce({.kind = kind})) << static_cast<int>(kind);
    EXPECT_FALSE(SettlesAtOnce(EchoIcmp(kind))) << static_cast<int>(kind);
  }
  EXPECT_FALSE(SettlesAtOnce({.kind = EchoAnswerKind::kHostUnreachable}));
  EXPECT_FALSE(SettlesAtOnce({.kind = EchoAnswerKind::kBlockedHere}));
}

}  // namespace
}  // namespace faultline::checks
