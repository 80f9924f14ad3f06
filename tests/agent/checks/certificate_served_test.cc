#include "agent/checks/certificate_served.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/checks/stamp.h"
#include "tests/agent/checks/certificate_times.h"

namespace faultline::checks {
namespace {

constexpr WallTime kNow{1'700'000'000'000'000'000};

// `age` days into a life of 90.
CertificateFacts Certificate(const std::string& fingerprint, int64_t age) {
  CertificateFacts facts;
  facts.name = "app.example";
  facts.names = {"app.example"};
  facts.not_before = kNow - Days(age);
  facts.not_after = facts.not_before + Days(90);
  facts.fingerprint = fingerprint;
  facts.issuer = "R11";
  return facts;
}

CertificateLooks LooksAt(const CertificateFacts& file, const CertificateFacts& served) {
  CertificateLooks looks;
  looks.file = file;
  looks.file_changed = kNow - Span::Seconds(3600);
  looks.served = ServedLook{.facts = served};
  looks.served->facts.where = "served at 127.0.0.1:443";
  return looks;
}

CertificateVerdict JudgeServed(const CertificateLooks& looks, WallTime now = kNow) {
  CertificateExpectation expected;
  expected.reload_grace = Span::Seconds(60);
  return JudgeCertificates(looks, expected, now);
}
std::string SaysOfServed(const CertificateLooks& looks, WallTime now = kNow) {
  const Observation seen = JudgeServed(looks, now).observation;
  return std::string(StateName(seen.state)) + (seen.reason.empty() ? "" : " " + seen.reason);
}

TEST(CertificateServedTest, TheSameOnDiskAndServedIsWell) {
  const CertificateFacts one = Certificate("a", 10);
  EXPECT_EQ(SaysOfServed(LooksAt(one, one)), "OK");
}

TEST(CertificateServedTest, ARenewedFileThatIsNotServedYetHasItsGrace) {
  CertificateLooks looks = LooksAt(Certificate("new", 0), Certificate("old", 60));
  looks.file_changed = kNow - Span::Seconds(59);
  const CertificateVerdict verdict = JudgeServed(looks);
  EXPECT_EQ(verdict.observation.state, State::kOk);
  EXPECT_EQ(verdict.next_change, kNow + Span::Seconds(1));
  EXPECT_EQ(SaysOfServed(looks, kNow + Span::Seconds(1)), "WARNING SERVED_IS_OLDER");
}

TEST(CertificateServedTest, AnOldServedOneIsAsGraveAsItsEndIsNear) {
  EXPECT_EQ(SaysOfServed(LooksAt(Certificate("new", 0), Certificate("old", 60))),
            "WARNING SERVED_IS_OLDER");
  EXPECT_EQ(SaysOfServed(LooksAt(Certificate("new", 0), Certificate("old", 75))),
            "WARNING SERVED_IS_OLDER");
  EXPECT_EQ(SaysOfServed(LooksAt(Certificate("new", 0), Certificate("old", 88))),
            "CRITICAL SERVED_IS_OLDER");
  EXPECT_EQ(SaysOfServed(LooksAt(Certificate("new", 0), Certificate("old", 91))),
            "CRITICAL SERVED_IS_OLDER");
}

TEST(CertificateServedTest, AnExpiredServedOneIsNoneOfTheGracesBusiness) {
  CertificateLooks looks = LooksAt(Certificate("new", 0), Certificate("old", 91));
  looks.file_changed = kNow;
  EXPECT_EQ(SaysOfServed(looks), "CRITICAL EXPIRED");
}

TEST(CertificateServedTest, WhatToDoAndSinceWhenAreSaid) {
  const Observation seen =
      JudgeServed(LooksAt(Certificate("new", 0), Certificate("old", 91))).observation;
  EXPECT_NE(seen.detail.find("reload it"), std::string::npos) << seen.detail;
  EXPECT_EQ(seen.since, kNow - Span::Seconds(3600));
  ASSERT_EQ(seen.evidence.size(), 1u);
  EXPECT_NE(seen.evidence[0].text.find("expired at 20"), std::string::npos)
      << seen.evidence[0].text;
}

TEST(CertificateServedTest, AClockThatWasSetBackDoesNotProlongTheGrace) {
  CertificateLooks looks = LooksAt(Certificate("new", 0), Certificate("old", 60));
  looks.file_changed = kNow + Days(300);
  EXPECT_EQ(JudgeServed(looks).next_change, kNow + Span::Seconds(60));
}

TEST(CertificateServedTest, AnotherOneThatIsNotOlderDiffers) {
  EXPECT_EQ(SaysOfServed(LooksAt(Certificate("a", 10), Certificate("b", 10))),
            "WARNING SERVED_DIFFERS");
  EXPECT_EQ(SaysOfServed(LooksAt(Certificate("a", 10), Certificate("b", 5))),
            "WARNING SERVED_DIFFERS");
}

TEST(CertificateServedTest, AnOldOneThatSignsItselfIsOldAndNoStranger) {
  CertificateFacts file = Certificate("new", 0);
  CertificateFacts old = Certificate("old", 60);
  file.self_signed = old.self_signed = true;
  CertificateLooks looks = LooksAt(file, old);
  looks.served->doubts = {{host::TlsDoubtKind::kSelfSigned, 0, "words"}};
  CertificateExpectation expected;
  expected.reload_grace = Span::Seconds(60);
  const auto says = [&] {
    const CertificateVerdict verdict = JudgeCertificates(looks, expected, kNow);
    return verdict.observation.reason + (verdict.awaits_reload ? " awaits" : "");
  };
  EXPECT_EQ(says(), "SELF_SIGNED") << "trusted by something else than the file";
  expected.trusts_file = true;
  EXPECT_EQ(says(), "SERVED_IS_OLDER");
  looks.file_changed = kNow - Span::Seconds(2);
  EXPECT_EQ(says(), " awaits");
  looks.served->facts.names = {"other.example"};
  EXPECT_EQ(says(), "SELF_SIGNED awaits") << "it was never the file's";
  looks.served->facts = file;
  looks.served->facts.fingerprint = "stranger";
  EXPECT_EQ(says(), "SELF_SIGNED awaits") << "not older";
}

TEST(CertificateServedTest, EachDoubtAboutTheChainHasItsReason) {
  using host::TlsDoubtKind;
  const struct {
    TlsDoubtKind kind;
    int depth;
    const char* says;
  } table[] = {{TlsDoubtKind::kSelfSigned, 0, "CRITICAL SELF_SIGNED"},
               {TlsDoubtKind::kIssuerMissing, 0, "CRITICAL CHAIN_INCOMPLETE"},
               {TlsDoubtKind::kIssuerMissing, 1, "CRITICAL CHAIN_INCOMPLETE"},
               {TlsDoubtKind::kUntrusted, 1, "CRITICAL UNTRUSTED"},
               {TlsDoubtKind::kOther, 0, "CRITICAL UNTRUSTED"},
               {TlsDoubtKind::kExpired, 1, "CRITICAL UNTRUSTED"},
               // These are said by its own times and names.
               {TlsDoubtKind::kExpired, 0, "OK"},
               {TlsDoubtKind::kNotYetValid, 0, "OK"},
               {TlsDoubtKind::kWrongName, 0, "OK"}};
  const CertificateFacts one = Certificate("a", 10);
  for (const auto& row : table) {
    CertificateLooks looks = LooksAt(one, one);
    looks.served->doubts = {{row.kind, row.depth, "words"}};
    EXPECT_EQ(SaysOfServed(looks), row.says);
    CertificateExpectation careless;
    careless.verify = false;
    EXPECT_EQ(JudgeCertificates(looks, careless, kNow).observation.state, State::kOk);
  }
}

TEST(CertificateServedTest, AServerThatWasNotReachedIsUnknownAndLetsTheFileSpeakFirst) {
  CertificateLooks looks = LooksAt(Certificate("a", 10), {});
  looks.served = ServedLook{.failed = CouldNotLook("SERVED_UNREACHABLE", "refused")};
  EXPECT_EQ(SaysOfServed(looks), "UNKNOWN SERVED_UNREACHABLE");
  looks.file = Certificate("a", 91);
  EXPECT_EQ(SaysOfServed(looks), "CRITICAL EXPIRED");
}

TEST(CertificateServedTest, AFileThatCannotBeReadLeavesTheServedOneToSpeakOf) {
  CertificateLooks looks = LooksAt({}, Certificate("a", 91));
  looks.file.reset();
  looks.file_failed = CouldNotLook("RIGHT_MISSING", "may not");
  EXPECT_EQ(SaysOfServed(looks), "CRITICAL EXPIRED");
  looks.served->facts = Certificate("a", 10);
  EXPECT_EQ(SaysOfServed(looks), "UNKNOWN RIGHT_MISSING");
}

TEST(CertificateServedTest, AnOverdueRenewalIsNamedBeforeTheExpiryThatFollowsFromIt) {
  const CertificateFacts old = Certificate("a", 70);
  CertificateLooks looks = LooksAt(old, old);
  looks.renewal = RenewalLook{.path = "app.conf", .there = true};
  EXPECT_EQ(SaysOfServed(looks), "WARNING RENEWAL_FAILING");
  looks.file = looks.served->facts = Certificate("a", 89);
  EXPECT_EQ(SaysOfServed(looks), "CRITICAL EXPIRES_SOON");
  const Observation seen = JudgeServed(looks).observation;
  ASSERT_EQ(seen.evidence.size(), 1u);
  EXPECT_NE(seen.evidence[0].text.find("certbot"), std::string::npos) << seen.evidence[0].text;
}

TEST(CertificateServedTest, BothEndsAreGauges) {
  const Observation seen =
      JudgeServed(LooksAt(Certificate("new", 0), Certificate("old", 60))).observation;
  ASSERT_EQ(seen.gauges.size(), 2u);
  EXPECT_EQ(seen.gauges[0].name, "certificate_not_after_timestamp_seconds");
  EXPECT_EQ(seen.gauges[1].name, "certificate_served_not_after_timestamp_seconds");
  EXPECT_EQ(seen.gauges[0].value - seen.gauges[1].value, 60 * 86'400);
}

}  // namespace
}  // namespace faultline::checks
