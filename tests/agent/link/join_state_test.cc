// What is said of an identity that the configuration would have otherwise.
#include "agent/link/join_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/link/failure_hint.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;

TEST(KeptAlthoughTest, NamesWhatTheConfigurationSaysOtherwise) {
  const HostIdentity who{.id = {.stack = {"shop", "prod"}, .host = "db-1"}, .role = "db"};
  EXPECT_EQ(KeptAlthough(who, "db-1", "db"), "");
  EXPECT_EQ(KeptAlthough(who, "db-1", ""), "") << "the token said the role";
  const std::string both = KeptAlthough(who, "app-1", "app");
  EXPECT_THAT(both, HasSubstr("stays faultline://shop/db-1?env=prod&role=db although"));
  EXPECT_THAT(both, HasSubstr("says host app-1, role app"));
  EXPECT_THAT(both, HasSubstr("faultline-agent join --again"));
  EXPECT_THAT(KeptAlthough(who, "db-1", "app"), HasSubstr("says role app"));
}

TEST(NotJoinedTest, ARefusalSaysWhenTheAgentTriesAgain) {
  const WallTime again{1'796'110'812'250'000'000};
  const JoinState taken =
      NotJoined(JoinStep::kCollector, absl::AlreadyExistsError("host: is taken"), "", again);
  EXPECT_EQ(taken.reason, "JOIN_REFUSED");
  EXPECT_EQ(taken.detail,
            "this host has not joined: host: is taken. The agent tries again by itself at "
            "2026-12-01 07:40:12.250 UTC, and at once with another token");
  // What is tried several times a second needs no time.
  const JoinState away =
      NotJoined(JoinStep::kCollector, absl::UnavailableError("not reached"), "", again);
  EXPECT_EQ(away.detail, "this host has not joined: not reached");
}

TEST(FailureHintTest, AsksForWhatFailedMostLikely) {
  EXPECT_EQ(FailureHint("Ssl handshake failed", "a", "; tls?"), "; tls?");
  EXPECT_THAT(FailureHint("DNS resolution failed", "join.address", ""), HasSubstr("join.address"));
  EXPECT_THAT(FailureHint("Connection refused", "a", ""), HasSubstr("is the collector running"));
  EXPECT_EQ(FailureHint("something else", "a", "; tls?"), "");
}

TEST(FailureTextTest, SaysOfANameWhatTheResolverSaid) {
  EXPECT_EQ(FailureText("DNS resolution failed for db.example:7444: C-ares status is not "
                        "ARES_SUCCESS qtype=AAAA name=db.example is_balancer=0: Timeout while "
                        "contacting DNS servers"),
            "the name db.example has no address: the resolver says \"Timeout while contacting DNS "
            "servers\"");
  EXPECT_EQ(FailureText("DNS resolution failed for x:1: UNKNOWN: Name or service not known"),
            "the name x has no address: the resolver says \"Name or service not known\"");
  for (const char* text :
       {"DNS resolution failed for x", "DNS resolution failed for ", "other", ""}) {
    EXPECT_EQ(FailureText(text), text);
  }
}

}  // namespace
}  // namespace faultline::link
