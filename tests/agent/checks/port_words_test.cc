#include "agent/checks/port_words.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "agent/checks/make_observation.h"

namespace faultline::checks {
namespace {

using host::TcpAnswer;
using host::TcpAnswerKind;

constexpr char kPortTarget[] = "db.internal:3306";
constexpr char kEndpoint[] = "10.0.2.10:3306";

TcpAnswer TcpIcmp(TcpAnswerKind kind) {
  return {.kind = kind, .by_icmp = true, .from = host::ParseIpAddress("10.0.1.1").value()};
}

Observation Describe(const TcpAnswer& answer) {
  return DescribeAnswer(answer, kPortTarget, kEndpoint, Span::Millis(4));
}

TEST(PortWordsTest, EachAnswerHasItsStateReasonAndLine) {
  struct Row {
    TcpAnswer answer;
    State state;
    const char* reason;
    const char* detail;
  };
  const std::string shown = "db.internal:3306 (10.0.2.10:3306)";
  const Row table[] = {
      {{.kind = TcpAnswerKind::kOpen}, State::kOk, "", "@ answers"},
      {{.kind = TcpAnswerKind::kRefused}, State::kCritical, "REFUSED", "@ refused the connection"},
      {TcpIcmp(TcpAnswerKind::kRefused), State::kCritical, "REFUSED",
       "@ is rejected by a firewall (port unreachable, ICMP from 10.0.1.1)"},
      {{.kind = TcpAnswerKind::kReset}, State::kCritical, "RESET", "@ reset the connection"},
      {{.kind = TcpAnswerKind::kHostUnreachable},
       State::kCritical,
       "HOST_UNREACHABLE",
       "the host of @ cannot be reached"},
      {TcpIcmp(TcpAnswerKind::kHostUnreachable), State::kCritical, "HOST_UNREACHABLE",
       "the host of @ cannot be reached (ICMP from 10.0.1.1)"},
      {{.kind = TcpAnswerKind::kNetUnreachable},
       State::kCritical,
       "NET_UNREACHABLE",
       "this host has no route to @"},
      {TcpIcmp(TcpAnswerKind::kNetUnreachable), State::kCritical, "NET_UNREACHABLE",
       "no route to the network of @ (ICMP from 10.0.1.1)"},
      {{.kind = TcpAnswerKind::kNetUnreachable, .error = EINVAL},
       State::kCritical,
       "NET_UNREACHABLE",
       "a blackhole route of this host swallows what goes to @"},
      {{.kind = TcpAnswerKind::kAdminProhibited},
       State::kCritical,
       "ADMIN_PROHIBITED",
       "a route of this host prohibits @"},
      {TcpIcmp(TcpAnswerKind::kAdminProhibited), State::kCritical, "ADMIN_PROHIBITED",
       "a firewall prohibits @ (ICMP from 10.0.1.1)"},
      {{.kind = TcpAnswerKind::kBlockedHere},
       State::kCritical,
       "TIMEOUT",
       "this host's own firewall drops what goes to @ (chain OUTPUT)"},
      {{.kind = TcpAnswerKind::kCannotProbe, .error = EMFILE},
       State::kUnknown,
       "CANNOT_PROBE",
       "cannot send a probe to @: Too many open files"},
  };
  for (const Row& row : table) {
    std::string detail = row.detail;
    detail.replace(detail.find('@'), 1, shown);
    const Observation seen = Describe(row.answer);
    EXPECT_EQ(seen.detail, detail);
    EXPECT_EQ(seen.state, row.state) << detail;
    EXPECT_EQ(seen.reason, row.reason) << detail;
  }
}

TEST(PortWordsTest, ANumericTargetIsNotSaidTwice) {
  EXPECT_EQ(
      DescribeAnswer({.kind = TcpAnswerKind::kOpen}, kEndpoint, kEndpoint, Span::Millis(4)).detail,
      "10.0.2.10:3306 answers");
}

TEST(PortWordsTest, EveryAnswerOfTheTargetIsMeasured) {
  const Observation refused = Describe({.kind = TcpAnswerKind::kRefused});
  ASSERT_EQ(refused.gauges.size(), 1u);
  EXPECT_EQ(refused.gauges[0].name, "probe_duration_seconds");
  EXPECT_DOUBLE_EQ(refused.gauges[0].value, 0.004);
  EXPECT_TRUE(Describe({.kind = TcpAnswerKind::kCannotProbe, .error = EMFILE}).gauges.empty());
  EXPECT_TRUE(DescribeAnswer({.kind = TcpAnswerKind::kOpen}, kPortTarget, kEndpoint, std::nullopt)
                  .gauges.empty())
      << "a pause of our own hid the time";
}

TEST(PortWordsTest, SilenceIsToldWithWhatIsUsual) {
  const Silence silence{.misses = 5, .over = Span::Millis(375), .usual = Span{400'000}};
  const Observation seen = DescribeSilence(silence, kPortTarget, kEndpoint);
  EXPECT_EQ(seen.state, State::kCritical);
  EXPECT_EQ(seen.reason, "TIMEOUT");
  EXPECT_EQ(seen.detail, "db.internal:3306 (10.0.2.10:3306) does not answer");
  ASSERT_EQ(seen.evidence.size(), 1u);
  EXPECT_EQ(seen.evidence[0].text, "5 SYN to 10.0.2.10:3306 unanswered over 375ms; normally 0.4ms");
}

TEST(PortWordsTest, SilenceFromTheStartSaysSo) {
  const Silence silence{.misses = 5, .over = Span::Seconds(1), .usual = {}};
  EXPECT_EQ(DescribeSilence(silence, kPortTarget, kEndpoint).evidence[0].text,
            "5 SYN to 10.0.2.10:3306 unanswered over 1s; it has not answered since this agent "
            "started");
}

TEST(PortWordsTest, AHintNamesTheReasonOfASilence) {
  const TcpAnswer hint = TcpIcmp(TcpAnswerKind::kHostUnreachable);
  const Silence silence{
      .misses = 5, .over = Span::Millis(400), .usual = Span{400'000}, .hint = &hint};
  EXPECT_EQ(DescribeSilence(silence, kPortTarget, kEndpoint).reason, "HOST_UNREACHABLE");
}

TEST(PortWordsTest, OnlyWhatMayPassByDoesNotSettleAtOnce) {
  for (const TcpAnswerKind kind : {TcpAnswerKind::kOpen, TcpAnswerKind::kRefused,
                                   TcpAnswerKind::kReset, TcpAnswerKind::kNetUnreachable,
                                   TcpAnswerKind::kAdminProhibited, TcpAnswerKind::kCannotProbe}) {
    EXPECT_TRUE(SettlesAtOnce({.kind = kind})) << static_cast<int>(kind);
  }
  EXPECT_FALSE(SettlesAtOnce({.kind = TcpAnswerKind::kHostUnreachable}));
  EXPECT_FALSE(SettlesAtOnce({.kind = TcpAnswerKind::kBlockedHere}));
  EXPECT_FALSE(SettlesAtOnce(TcpIcmp(TcpAnswerKind::kNetUnreachable)))
      << "a router's word may flap";
}

TEST(PortWordsTest, APortThatMustBeClosedIsWellWhenItIs) {
  const struct {
    TcpAnswer answer;
    State state;
    const char* reason;
    const char* detail;
  } table[] = {
      {{.kind = TcpAnswerKind::kOpen},
       State::kCritical,
       "EXPOSED",
       "@ answers; this host must not be able to reach it"},
      {{.kind = TcpAnswerKind::kReset},
       State::kCritical,
       "EXPOSED",
       "@ reset the connection; this host must not be able to reach it"},
      {{.kind = TcpAnswerKind::kRefused},
       State::kOk,
       "",
       "closed to this host: @ refused the connection"},
      {TcpIcmp(TcpAnswerKind::kAdminProhibited), State::kOk, "",
       "closed to this host: a firewall prohibits @ (ICMP from 10.0.1.1)"},
      {{.kind = TcpAnswerKind::kNetUnreachable},
       State::kOk,
       "",
       "closed to this host: this host has no route to @"},
      {{.kind = TcpAnswerKind::kCannotProbe, .error = EMFILE},
       State::kUnknown,
       "CANNOT_PROBE",
       "cannot send a probe to @: Too many open files"},
  };
  const std::string shown = "db.internal:3306 (10.0.2.10:3306)";
  for (const auto& row : table) {
    const Observation seen = ExpectClosed(Describe(row.answer));
    std::string detail = row.detail;
    detail.replace(detail.find('@'), 1, shown);
    EXPECT_EQ(seen.detail, detail);
    EXPECT_EQ(seen.state, row.state) << detail;
    EXPECT_EQ(seen.reason, row.reason) << detail;
    EXPECT_TRUE(seen.gauges.empty()) << detail;
  }
}

TEST(PortWordsTest, SilenceIsClosedAndAnUnknownNameSaysNothing) {
  const Observation silent = ExpectClosed(
      DescribeSilence({.misses = 5, .over = Span::Millis(400)}, kPortTarget, kEndpoint));
  EXPECT_EQ(silent.state, State::kOk);
  EXPECT_EQ(silent.detail,
            "closed to this host: db.internal:3306 (10.0.2.10:3306) does not answer");
  ASSERT_EQ(silent.evidence.size(), 1u);
  Observation lossy = MakeObservation(State::kWarning, "PACKET_LOSS", "loses 20 %");
  EXPECT_EQ(ExpectClosed(lossy).reason, "EXPOSED") << "it answers";
  Observation nameless = MakeObservation(State::kCritical, "DNS_FAILED", "no such name");
  EXPECT_EQ(ExpectClosed(nameless).state, State::kUnknown);
}

}  // namespace
}  // namespace faultline::checks
