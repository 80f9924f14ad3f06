#include "agent/checks/certificate_judge.h"
#include "tests/agent/checks/certificate_times.h"

#include <gtest/gtest.h>

#include <string>

namespace faultline::checks {
namespace {

constexpr Span Hours(int64_t hours) { return Span::Seconds(hours * 3600); }

CertificateFacts Living(Span life) {
  CertificateFacts facts;
  facts.name = "app.example";
  facts.names = {"app.example"};
  facts.not_before = kBegin;
  facts.not_after = kBegin + life;
  return facts;
}

// "OK", "WARNING EXPIRES_SOON", ... with `left` of a life of `life`.
std::string With(Span left, Span life, const CertificateLimits& limits = {}) {
  const CertificateFacts facts = Living(life);
  const Observation seen = JudgeCertificate(facts, limits, facts.not_after - left).observation;
  return std::string(StateName(seen.state)) + (seen.reason.empty() ? "" : " " + seen.reason);
}

TEST(CertificateJudgeTest, TheLimitsAreAQuarterOfItsLifeAndThreeDaysOrATenth) {
  struct Row {
    Span life;
    Span left;
    const char* says;
  };
  const Row table[] = {
      {Days(90), Days(90), "OK"},
      {Days(90), Days(23), "OK"},
      {Days(90), Days(22), "WARNING EXPIRES_SOON"},  // a quarter: 22.5 days
      {Days(90), Hours(73), "WARNING EXPIRES_SOON"},
      {Days(90), Hours(71), "CRITICAL EXPIRES_SOON"},  // three days
      {Days(6), Days(6), "OK"},
      {Days(6), Hours(37), "OK"},
      {Days(6), Hours(35), "WARNING EXPIRES_SOON"},
      {Days(6), Hours(15), "WARNING EXPIRES_SOON"},
      {Days(6), Hours(14), "CRITICAL EXPIRES_SOON"},  // a tenth: 14.4 hours
      {Days(3650), Days(913), "OK"},
      {Days(3650), Days(4), "WARNING EXPIRES_SOON"},
      {Days(90), Span{1}, "CRITICAL EXPIRES_SOON"},
      {Days(90), Span{}, "CRITICAL EXPIRED"},
      {Days(90), Days(-1), "CRITICAL EXPIRED"},
      {Days(90), Days(91), "CRITICAL NOT_YET_VALID"},
  };
  for (const Row& row : table) {
    EXPECT_EQ(With(row.left, row.life), row.says)
        << FormatSpan(row.left) << " of " << FormatSpan(row.life);
  }
}

TEST(CertificateJudgeTest, OwnLimitsReplaceTheUsualOnes) {
  CertificateLimits limits;
  limits.warn = Days(30);
  limits.critical = Days(10);
  EXPECT_EQ(With(Days(31), Days(90), limits), "OK");
  EXPECT_EQ(With(Days(29), Days(90), limits), "WARNING EXPIRES_SOON");
  EXPECT_EQ(With(Days(9), Days(90), limits), "CRITICAL EXPIRES_SOON");
}

TEST(CertificateJudgeTest, ALifeThatIsNoneIsExpiredNotACrash) {
  CertificateFacts facts = Living(Days(-5));
  EXPECT_EQ(JudgeCertificate(facts, {}, kBegin).observation.reason, "EXPIRED");
}

TEST(CertificateJudgeTest, TheNextChangeLeadsThroughAllAnswers) {
  const CertificateFacts facts = Living(Days(90));
  WallTime now = kBegin - Days(1);
  std::string story;
  for (int i = 0; i < 10; ++i) {
    const CertificateVerdict verdict = JudgeCertificate(facts, {}, now);
    story += std::string(StateName(verdict.observation.state)) + " " + verdict.observation.reason;
    if (verdict.next_change.ns == 0) break;
    EXPECT_GT(verdict.next_change, now);
    now = verdict.next_change;
    story += "; ";
  }
  EXPECT_EQ(story,
            "CRITICAL NOT_YET_VALID; OK ; WARNING EXPIRES_SOON; CRITICAL EXPIRES_SOON; CRITICAL "
            "EXPIRED");
}

TEST(CertificateJudgeTest, NothingChangesJustBeforeTheNextChange) {
  const CertificateFacts facts = Living(Days(90));
  const CertificateVerdict first = JudgeCertificate(facts, {}, kBegin);
  const CertificateVerdict before =
      JudgeCertificate(facts, {}, first.next_change - Span::Seconds(1));
  EXPECT_EQ(before.observation.state, first.observation.state);
  EXPECT_EQ(before.next_change, first.next_change);
}

TEST(CertificateJudgeTest, WhatIsGraverIsSaidFirst) {
  CertificateLimits chain;
  chain.require_chain = true;
  CertificateFacts facts = Living(Days(90));
  facts.self_signed = true;
  EXPECT_EQ(JudgeCertificate(facts, chain, kBegin).observation.reason, "SELF_SIGNED");
  EXPECT_EQ(JudgeCertificate(facts, chain, kBegin + Days(80)).observation.reason, "EXPIRES_SOON");
  facts.missing_hostnames = {"www.example"};
  const Observation mismatch = JudgeCertificate(facts, chain, kBegin + Days(80)).observation;
  EXPECT_EQ(mismatch.reason, "HOSTNAME_MISMATCH");
  EXPECT_EQ(mismatch.detail,
            "the certificate of app.example does not cover www.example; it covers app.example");
  EXPECT_EQ(JudgeCertificate(facts, chain, kBegin + Days(88)).observation.reason, "EXPIRES_SOON");
}

TEST(CertificateJudgeTest, AMissingChainMattersOnlyWhereItIsAskedFor) {
  CertificateFacts facts = Living(Days(90));
  CertificateLimits limits;
  EXPECT_EQ(JudgeCertificate(facts, limits, kBegin).observation.state, State::kOk);
  limits.require_chain = true;
  EXPECT_EQ(JudgeCertificate(facts, limits, kBegin).observation.reason, "CHAIN_INCOMPLETE");
  facts.chain_present = true;
  EXPECT_EQ(JudgeCertificate(facts, limits, kBegin).observation.state, State::kOk);
}

TEST(CertificateJudgeTest, AnExpiredOneBeganToBeSoAtItsEnd) {
  const CertificateFacts facts = Living(Days(90));
  const Observation seen = JudgeCertificate(facts, {}, facts.not_after + Hours(50)).observation;
  EXPECT_EQ(seen.since, facts.not_after);
  EXPECT_NE(seen.detail.find("expired at " + FormatForPeople(facts.not_after)), std::string::npos)
      << seen.detail;
}

TEST(CertificateJudgeTest, ItsEndIsAGauge) {
  const Observation seen = JudgeCertificate(Living(Days(1)), {}, kBegin).observation;
  ASSERT_EQ(seen.gauges.size(), 1u);
  EXPECT_EQ(seen.gauges[0].name, "certificate_not_after_timestamp_seconds");
  EXPECT_EQ(seen.gauges[0].value, 1'700'086'400.0);
}

}  // namespace
}  // namespace faultline::checks
