#include "agent/checks/mysql_silence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/checks/make_observation.h"

namespace faultline::checks {
namespace {

using host::MySqlFailure;
using host::MySqlFailureKind;
using testing::HasSubstr;
using testing::Not;

const MySqlAsked kAsked = {
    .server = "10.0.2.10:3306", .user = "faultline", .database = "", .timeout = Span::Seconds(3)};
const MySqlFailure kSilent{.kind = MySqlFailureKind::kNoAnswer, .number = 2013, .text = "Lost"};
const MySqlFailure kRefused{.kind = MySqlFailureKind::kRefused, .number = 2002, .text = "(115)"};

Observation Open() { return MakeObservation(State::kOk, "", "10.0.2.10:3306 answers"); }
Observation Closed(const char* reason, const char* detail) {
  return MakeObservation(State::kCritical, reason, detail);
}
const Observation kDropped = Closed("TIMEOUT", "10.0.2.10:3306 does not answer");
const Observation kRejected = Closed(
    "REFUSED", "10.0.2.10:3306 is rejected by a firewall (port unreachable, ICMP from 10.0.2.10)");
const Observation kUnreachable =
    Closed("HOST_UNREACHABLE", "the host of 10.0.2.10:3306 cannot be reached (ICMP from 10.0.1.1)");
const Observation kNoRight = MakeObservation(State::kUnknown, "RIGHT_MISSING", "no right");

struct Case {
  const char* about;
  MySqlWay way;
  const char* reason;
  MySqlPace pace;
  const char* detail;
};

const Case kSilenceCases[] = {
    {"hung",
     {.on_open_login = true, .acknowledged = true, .door = Open()},
     "NO_GREETING",
     MySqlPace::kSteady,
     "is hung: it takes connections and says nothing for 3s"},
    {"hung, over a socket of this host",
     {.is_local = true, .on_open_login = true},
     "NO_GREETING",
     MySqlPace::kSteady,
     "is hung"},
    {"hung from the first login on, and no right to look",
     {.door = kNoRight},
     "NO_GREETING",
     MySqlPace::kSteady,
     "is hung"},
    {"dropped",
     {.on_open_login = true, .acknowledged = false, .door = kDropped},
     "TIMEOUT",
     MySqlPace::kEachLook,
     "went quiet: the open login got no answer for 3s, and new connections do not come through"},
    {"dropped between greeting and login",
     {.door = kDropped},
     "TIMEOUT",
     MySqlPace::kEachLook,
     "went quiet: a new login got no answer for 3s, and new connections do not come through"},
    {"rejected",
     {.on_open_login = true, .acknowledged = false, .door = kRejected},
     "REFUSED",
     MySqlPace::kEachLook,
     "went quiet: the open login got no answer for 3s, and a new connection does not come about"},
    {"no way",
     {.on_open_login = true, .acknowledged = false, .door = kUnreachable},
     "HOST_UNREACHABLE",
     MySqlPace::kEachLook,
     "went quiet"},
    {"large packets are swallowed",
     {.on_open_login = true, .acknowledged = false, .door = Open()},
     "TIMEOUT",
     MySqlPace::kSoon,
     "what it sent is not acknowledged, though new connections are: the path loses packets"},
    {"cut, and no right to look",
     {.on_open_login = true, .acknowledged = false, .door = kNoRight},
     "TIMEOUT",
     MySqlPace::kSoon,
     "nothing that it sent is acknowledged: the path is cut, or the host gone"},
    {"nothing is known",
     {.on_open_login = true, .door = kNoRight},
     "TIMEOUT",
     MySqlPace::kSoon,
     "went quiet: the open login got no answer for 3s"},
};

TEST(MySqlSilenceTest, OnlyWhatTakesConnectionsIsHung) {
  for (const Case& each : kSilenceCases) {
    const MySqlMeaning meaning = MeaningOfSilence(kSilent, each.way, kAsked).meaning;
    EXPECT_EQ(meaning.state, State::kCritical) << each.about;
    EXPECT_EQ(meaning.reason, each.reason) << each.about;
    EXPECT_EQ(meaning.pace, each.pace) << each.about;
    EXPECT_THAT(meaning.detail, HasSubstr(each.detail)) << each.about;
    if (meaning.reason != "NO_GREETING") EXPECT_THAT(meaning.detail, Not(HasSubstr("hung")));
  }
}

TEST(MySqlSilenceTest, WhatANewConnectionMetIsAFact) {
  const MySqlWay way{.on_open_login = true, .acknowledged = false, .door = kRejected};
  EXPECT_EQ(MeaningOfSilence(kSilent, way, kAsked).fact,
            "a new connection tried at the same time: 10.0.2.10:3306 is rejected by a firewall "
            "(port unreachable, ICMP from 10.0.2.10)");
}

TEST(MySqlSilenceTest, OfARefusalItIsSaidWhoRefused) {
  const auto meaning = [](std::optional<Observation> door) {
    return MeaningOfRefusal(kRefused, {.door = std::move(door)}, kAsked).meaning;
  };
  EXPECT_EQ(meaning(Closed("REFUSED", "10.0.2.10:3306 refused the connection")).detail,
            "refused the connection");
  EXPECT_EQ(meaning(kRejected).detail,
            "is rejected by a firewall (port unreachable, ICMP from 10.0.2.10)");
  EXPECT_EQ(meaning(kUnreachable).reason, "HOST_UNREACHABLE");
  EXPECT_EQ(meaning(kUnreachable).detail,
            "takes no connection: the host of 10.0.2.10:3306 cannot be reached (ICMP from "
            "10.0.1.1)");
  EXPECT_EQ(meaning(kNoRight).reason, "REFUSED");
  EXPECT_THAT(meaning(kNoRight).detail, HasSubstr("with CAP_NET_RAW"));
  EXPECT_EQ(meaning(Open()).reason, "REFUSED");
  for (const auto& door : {kRejected, kUnreachable, kNoRight, Open()}) {
    EXPECT_EQ(meaning(door).pace, MySqlPace::kEachLook) << "the server sees nothing of it";
  }
}

}  // namespace
}  // namespace faultline::checks
