#include "collector/security/verdict.h"
#include "tests/collector/security/joining_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace faultline::security {
namespace {

using testing::HasSubstr;

TokenFacts GoodToken() {
  return {.known = true, .right = true, .expires_at = kNow + kHour, .uses = 3, .used = 1};
}
NameFacts FreeName() { return {.host = {{"shop", "prod"}, "db-1"}}; }
NameFacts TakenName() {
  NameFacts name = FreeName();
  name.taken = true;
  name.holder = "i-0abc at 10.0.1.5";
  name.holder_since = kNow - kHour;
  return name;
}

struct EnrolCase {
  const char* what;
  std::function<void(TokenFacts&, NameFacts&)> change;
  Verdict verdict;
  absl::StatusCode code;
  const char* says;
};

TEST(VerdictTest, WhoMayEnrol) {
  using S = absl::StatusCode;
  const std::vector<EnrolCase> cases = {
      {"a good token and a free name", [](auto&, auto&) {}, Verdict::kIssue, S::kOk, ""},
      {"an unknown token", [](auto& t, auto&) { t = {}; }, Verdict::kNoSuchToken,
       S::kUnauthenticated, "knows no such token"},
      {"a wrong secret", [](auto& t, auto&) { t.right = false; }, Verdict::kWrongToken,
       S::kUnauthenticated, "secret is wrong"},
      {"a wrong secret tells nothing of the rest",
       [](auto& t, auto&) {
         t.right = false;
         t.revoked_at = kNow;
       },
       Verdict::kWrongToken, S::kUnauthenticated, "secret is wrong"},
      {"the last moment", [](auto& t, auto&) { t.expires_at = kNow + Span{1}; }, Verdict::kIssue,
       S::kOk, ""},
      {"the end", [](auto& t, auto&) { t.expires_at = kNow; }, Verdict::kTokenExpired,
       S::kUnauthenticated, "expired at 2026-"},
      {"revoked", [](auto& t, auto&) { t.revoked_at = kNow - kHour; }, Verdict::kTokenRevoked,
       S::kUnauthenticated, "was revoked at"},
      {"the last use", [](auto& t, auto&) { t.used = 2; }, Verdict::kIssue, S::kOk, ""},
      {"no use left", [](auto& t, auto&) { t.used = 3; }, Verdict::kTokenUsedUp,
       S::kUnauthenticated, "3 of 3 uses"},
      {"the same again after the last use",
       [](auto& t, auto& n) {
         t.used = 3;
         n.repeat = true;
       },
       Verdict::kRepeat, S::kOk, ""},
      {"the same again after the end",
       [](auto& t, auto& n) {
         t.expires_at = kNow - kHour;
         n.repeat = true;
       },
       Verdict::kRepeat, S::kOk, ""},
      {"the same again with a revoked token",
       [](auto& t, auto& n) {
         t.revoked_at = kNow - kHour;
         n.repeat = true;
       },
       Verdict::kTokenRevoked, S::kUnauthenticated, "revoked"},
      {"the same again with a wrong secret",
       [](auto& t, auto& n) {
         t.right = false;
         n.repeat = true;
       },
       Verdict::kWrongToken, S::kUnauthenticated, "wrong"},
      {"a host that was revoked, with the token of then",
       [](auto&, auto& n) { n.revoked_since = true; }, Verdict::kHostRevoked, S::kUnauthenticated,
       "db-1 was revoked after it had joined"},
  };
  for (const EnrolCase& each : cases) {
    TokenFacts token = GoodToken();
    NameFacts name = FreeName();
    each.change(token, name);
    const Decision decision = DecideEnrol(token, name, kNow);
    EXPECT_EQ(NameOf(decision.verdict), NameOf(each.verdict)) << each.what;
    EXPECT_EQ(decision.ToStatus().code(), each.code) << each.what;
    EXPECT_THAT(decision.text, HasSubstr(each.says)) << each.what;
  }
}

struct NameCase {
  bool live;
  Span held_for;
  bool may_replace;
  Verdict verdict;
  const char* says;
};

TEST(VerdictTest, ATakenNameGoesToANewMachineOnlyWhenTheOldOneIsSilentAndTheTokenSaysSo) {
  for (const NameCase& each : std::vector<NameCase>{
           {false, kHour, false, Verdict::kNameTaken, "--replace"},
           {false, kHour, true, Verdict::kTakeOver, ""},
           {true, kHour, true, Verdict::kNameLive, "faultline host revoke shop/db-1"},
           {true, kHour, false, Verdict::kNameLive, "is connected"},
           {false, Span{kSettling.ns - 1}, true, Verdict::kNameSettling, "within the last 1m"},
           {false, kSettling, true, Verdict::kTakeOver, ""},
       }) {
    TokenFacts token = GoodToken();
    token.replace = each.may_replace;
    NameFacts name = TakenName();
    name.live = each.live;
    name.holder_since = kNow - each.held_for;
    const Decision decision = DecideEnrol(token, name, kNow);
    EXPECT_EQ(NameOf(decision.verdict), NameOf(each.verdict)) << each.says;
    EXPECT_THAT(decision.text, HasSubstr(each.says));
    if (Grants(decision.verdict)) continue;
    EXPECT_EQ(decision.ToStatus().code(), absl::StatusCode::kAlreadyExists);
    EXPECT_THAT(decision.text, HasSubstr("\"db-1\" in shop-prod is taken by i-0abc at 10.0.1.5"));
  }
}

TEST(VerdictTest, ANameThatIsSettlingSaysFromWhenOnItCanBeHad) {
  TokenFacts token = GoodToken();
  NameFacts name = TakenName();
  name.holder_since = kNow - kHour;
  name.heard = kNow - Span::Seconds(18);
  const std::string free = FormatForPeople(kNow + Span::Seconds(42));
  token.replace = true;
  EXPECT_THAT(DecideEnrol(token, name, kNow).text,
              HasSubstr("this token takes the name over from " + free + " on"));
  token.replace = false;
  EXPECT_THAT(DecideEnrol(token, name, kNow).text,
              HasSubstr("a token made with --replace takes the name over from " + free + " on"));
}

TEST(VerdictTest, TheTimeThatIsToldToWaitForDoesNotMoveWithTheQuestions) {
  TokenFacts token = GoodToken();
  token.replace = true;
  NameFacts name = TakenName();
  name.holder_since = kNow - kHour;
  const std::string free = FormatForPeople(kNow + Span::Seconds(50));
  name.starting_for = Span::Seconds(50);
  EXPECT_THAT(DecideEnrol(token, name, kNow).text, HasSubstr("from " + free + " on"));
  name.starting_for = Span::Seconds(20);
  const Decision later = DecideEnrol(token, name, kNow + Span::Seconds(30));
  EXPECT_THAT(later.text, HasSubstr("from " + free + " on"));
  EXPECT_THAT(later.text, HasSubstr("(or 1m after the collector's next start)"));
  name.starting_for = {};
  EXPECT_EQ(DecideEnrol(token, name, kNow + Span::Seconds(50)).verdict, Verdict::kTakeOver);
}

TEST(VerdictTest, OfSeveralTimesToWaitForTheLastIsTold) {
  TokenFacts token = GoodToken();
  token.replace = true;
  NameFacts name = TakenName();
  name.holder_since = kNow - Span::Seconds(50);
  name.heard = kNow - Span::Seconds(5);
  EXPECT_THAT(DecideEnrol(token, name, kNow).text,
              HasSubstr("from " + FormatForPeople(kNow + Span::Seconds(55)) + " on"));
}

TEST(VerdictTest, ATimeOfAClockThatWasSetBackHoldsNoNameForLong) {
  TokenFacts token = GoodToken();
  token.replace = true;
  NameFacts name = TakenName();
  name.holder_since = kNow + kHour;
  name.heard = kNow + kHour;
  EXPECT_EQ(DecideEnrol(token, name, kNow).verdict, Verdict::kTakeOver);
  name.heard = kNow + Span::Seconds(2);
  EXPECT_EQ(DecideEnrol(token, name, kNow).verdict, Verdict::kNameSettling);
}

TEST(VerdictTest, AUsedUpTokenStillProvesTheAuthorityAndAnEndedOneOnlyToItsHolders) {
  TokenFacts token = GoodToken();
  token.right = false;  // who asks has not shown the secret
  token.used = token.uses;
  EXPECT_EQ(DecideProof(token, kNow).verdict, Verdict::kIssue);
  token.expires_at = kNow;
  EXPECT_EQ(DecideProof(token, kNow).verdict, Verdict::kTokenExpired);
  token.holder = true;
  EXPECT_EQ(DecideProof(token, kNow).verdict, Verdict::kIssue);
  token = GoodToken();
  token.revoked_at = kNow;
  token.holder = true;
  EXPECT_EQ(DecideProof(token, kNow).verdict, Verdict::kTokenRevoked);
  EXPECT_EQ(DecideProof({}, kNow).verdict, Verdict::kNoSuchToken);
}

struct RenewCase {
  const char* what;
  std::function<void(RenewalFacts&)> change;
  Verdict verdict;
  absl::StatusCode code;
};

TEST(VerdictTest, WhoMayRenew) {
  using S = absl::StatusCode;
  const Span week = Span::Seconds(7 * 86'400);
  for (const RenewCase& each : std::vector<RenewCase>{
           {"in its life", [](auto&) {}, Verdict::kIssue, S::kOk},
           {"another authority's", [](auto& f) { f = {}; }, Verdict::kUnknownCertificate,
            S::kUnauthenticated},
           {"not signed by its key", [](auto& f) { f.signed_right = false; },
            Verdict::kWrongSignature, S::kUnauthenticated},
           {"revoked", [](auto& f) { f.revoked = true; }, Verdict::kCertificateRevoked,
            S::kPermissionDenied},
           {"a newer one is used", [](auto& f) { f.newer_in_use = true; },
            Verdict::kCertificateOutdated, S::kPermissionDenied},
           {"slept a week past its end", [&](auto& f) { f.not_after = kNow - week; },
            Verdict::kIssue, S::kOk},
           {"slept longer", [&](auto& f) { f.not_after = kNow - week - Span{1}; },
            Verdict::kCertificateTooOld, S::kPermissionDenied},
           {"revoked and slept",
            [&](auto& f) {
              f.not_after = kNow - kHour;
              f.revoked = true;
            },
            Verdict::kCertificateRevoked, S::kPermissionDenied},
       }) {
    RenewalFacts facts{.known = true, .signed_right = true, .not_after = kNow + kHour};
    each.change(facts);
    const Decision decision = DecideRenewal(facts, week, kNow);
    EXPECT_EQ(NameOf(decision.verdict), NameOf(each.verdict)) << each.what;
    EXPECT_EQ(decision.ToStatus().code(), each.code) << each.what;
  }
}

}  // namespace
}  // namespace faultline::security
