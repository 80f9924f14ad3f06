#include "agent/checks/certificate_renewal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/agent/checks/certificate_times.h"
#include "tests/agent/checks/check_testing.h"

namespace faultline::checks {
namespace {

std::string JudgeLook(const RenewalLook& look, Span age, Span life = Days(90)) {
  const RenewalVerdict verdict = JudgeRenewal(look, kBegin, kBegin + life, kBegin + age);
  if (!verdict.finding.has_value()) return "well";
  return std::string(StateName(verdict.finding->state)) + " " + verdict.finding->reason;
}

RenewalLook There() {
  RenewalLook look;
  look.path = "/etc/letsencrypt/renewal/app.conf";
  look.there = true;
  return look;
}

TEST(CertificateRenewalTest, ARenewalIsOverdueADayAfterTwoThirdsOfTheLife) {
  EXPECT_EQ(JudgeLook(There(), Days(1)), "well");
  EXPECT_EQ(JudgeLook(There(), Days(60)), "well");
  EXPECT_EQ(JudgeLook(There(), Days(61)), "WARNING RENEWAL_FAILING");
  EXPECT_EQ(JudgeLook(There(), Days(100)), "WARNING RENEWAL_FAILING");
  // Of six days a third is two, and a tenth is less than a day.
  EXPECT_EQ(JudgeLook(There(), Days(4), Days(6)), "well");
  EXPECT_EQ(JudgeLook(There(), Days(5), Days(6)), "WARNING RENEWAL_FAILING");
}

TEST(CertificateRenewalTest, CertbotsOwnDateGoesFirst) {
  RenewalLook look = There();
  look.before = Days(10);
  EXPECT_EQ(JudgeLook(look, Days(80)), "well");
  EXPECT_EQ(JudgeLook(look, Days(81)), "WARNING RENEWAL_FAILING");
}

TEST(CertificateRenewalTest, WhatNothingRenewsIsToldAtOnce) {
  RenewalLook look = There();
  look.there = false;
  EXPECT_EQ(JudgeLook(look, Days(1)), "WARNING RENEWAL_FAILING");
  look = There();
  look.switched_off = true;
  EXPECT_EQ(JudgeLook(look, Days(1)), "WARNING RENEWAL_FAILING");
}

TEST(CertificateRenewalTest, TheNextChangeIsWhenItIsOverdue) {
  const RenewalVerdict verdict = JudgeRenewal(There(), kBegin, kBegin + Days(90), kBegin);
  EXPECT_EQ(verdict.next_change, kBegin + Days(61));
}

TEST(CertificateRenewalTest, CertbotsConfigurationIsUnderstood) {
  RenewalLook look;
  ParseRenewalConfiguration(
      "# renew_before_expiry = 30 days\nversion = 2.1.0\n"
      "cert = /etc/letsencrypt/live/app/cert.pem\n\n[renewalparams]\naccount = 0123\n",
      &look);
  EXPECT_TRUE(look.there);
  EXPECT_FALSE(look.switched_off);
  EXPECT_FALSE(look.before.has_value());
  ParseRenewalConfiguration("renew_before_expiry = 2 weeks\n[renewalparams]\nautorenew = False\n",
                            &look);
  EXPECT_EQ(look.before, Days(14));
  EXPECT_TRUE(look.switched_off);
}

TEST(CertificateRenewalTest, NonsenseInItIsNoDate) {
  for (const char* text : {"renew_before_expiry = soon", "renew_before_expiry = -3 days",
                           "renew_before_expiry = 99999999999999999999 days",
                           "renew_before_expiry =", "renew_before_expiry = 3 parsecs"}) {
    RenewalLook look;
    ParseRenewalConfiguration(text, &look);
    EXPECT_FALSE(look.before.has_value()) << text;
  }
}

TEST(CertificateRenewalTest, TheFileIsFoundByItsPathOrInItsFolder) {
  const TemporaryDirectory directory;
  WriteFile(directory / "app.conf", "renew_before_expiry = 5 days\n");
  EXPECT_EQ(ReadRenewal(directory / "app.conf", "ignored").before, Days(5));
  EXPECT_EQ(ReadRenewal(directory.path, "app").before, Days(5));
  const RenewalLook none = ReadRenewal(directory.path, "other");
  EXPECT_FALSE(none.there);
  EXPECT_EQ(none.path, directory / "other.conf");
}

TEST(CertificateRenewalTest, OneThatMayNotBeReadIsUnknownAndSaysHowToAllowIt) {
  const TemporaryDirectory directory;
  WriteFile(directory / "app.conf", "");
  std::filesystem::permissions(directory / "app.conf", std::filesystem::perms::none);
  const WithoutCapabilities plain;
  const RenewalLook look = ReadRenewal(directory.path, "app");
  ASSERT_TRUE(look.unknown.has_value());
  EXPECT_EQ(look.unknown->reason, "RIGHT_MISSING");
  EXPECT_NE(look.unknown->detail.find("setfacl"), std::string::npos);
}

TEST(CertificateRenewalTest, TheLineageIsTheLastFolder) {
  EXPECT_EQ(LineageOf("/etc/letsencrypt/live/app.example/fullchain.pem"), "app.example");
  EXPECT_EQ(LineageOf("/site.pem"), "");
  EXPECT_EQ(LineageOf(""), "");
}

}  // namespace
}  // namespace faultline::checks
