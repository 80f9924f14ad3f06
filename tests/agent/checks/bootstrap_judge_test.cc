#include "agent/checks/bootstrap_judge.h"

#include <gtest/gtest.h>

#include "tests/agent/checks/cloud_init_samples.h"

namespace faultline::checks {
namespace {

constexpr Span kLimit = Span::Seconds(1800);
// When the recorded runs began.
constexpr WallTime kBegan{Span::Seconds(1'795'614'117).ns};

BootstrapFacts CloudInitOf(const char* status, const char* result) {
  BootstrapFacts facts;
  facts.status = absl::NotFoundError("status.json");
  facts.result = absl::NotFoundError("result.json");
  if (status != nullptr) facts.status = ParseCloudInitStatus(status);
  if (result != nullptr) facts.result = ParseCloudInitResult(result);
  facts.installed = true;
  return facts;
}

Observation JudgeCloudInit(const BootstrapFacts& facts, Span after = Span::Seconds(60)) {
  return JudgeBootstrap(facts, kLimit, kBegan + after);
}

std::string SayCloudInit(const Observation& out) {
  return std::string(StateName(out.state)) + (out.reason.empty() ? "" : " " + out.reason);
}

TEST(BootstrapJudgeTest, ARunThatEndedWellIsOk) {
  const Observation out = JudgeCloudInit(CloudInitOf(samples::kGoodStatus, samples::kGoodResult));
  EXPECT_EQ(SayCloudInit(out), "OK");
  EXPECT_EQ(out.detail, "cloud-init ended well at 13:41:06 UTC");
  ASSERT_EQ(out.gauges.size(), 1U);
  EXPECT_EQ(out.gauges[0].name, "bootstrap_finished");
  EXPECT_EQ(out.gauges[0].value, 1);
}

TEST(BootstrapJudgeTest, AFailedScriptIsNamedWithItsLastWords) {
  BootstrapFacts facts = CloudInitOf(samples::kFailedStatus, samples::kFailedResult);
  facts.output = LastOutputLines(samples::kFailedOutput, 3);
  const Observation out = JudgeCloudInit(facts);
  EXPECT_EQ(SayCloudInit(out), "CRITICAL USER_DATA_FAILED");
  EXPECT_EQ(out.detail,
            "cloud-init failed: scripts-user: Runparts: 1 failures (part-001) in 1 attempted "
            "commands (stage modules-final) and 1 more; look at /var/log/cloud-init-output.log");
  ASSERT_EQ(out.evidence.size(), 5U);
  EXPECT_EQ(out.evidence[2].text,
            "output: /var/lib/cloud/instance/scripts/part-001: line 5: pip3: command not found");
  EXPECT_GT(out.since.ns, kBegan.ns);
}

TEST(BootstrapJudgeTest, WithoutTheRightToQuoteItSaysSo) {
  BootstrapFacts facts = CloudInitOf(nullptr, samples::kFailedResult);
  facts.no_output = "may not read the output; add the agent's user to the group adm";
  const Observation out = JudgeCloudInit(facts);
  EXPECT_EQ(SayCloudInit(out), "CRITICAL USER_DATA_FAILED");
  EXPECT_EQ(out.evidence.back().text, facts.no_output);
}

TEST(BootstrapJudgeTest, AnErrorOfAnEarlierStageIsToldWhileLaterOnesRun) {
  EXPECT_EQ(SayCloudInit(JudgeCloudInit(CloudInitOf(samples::kRunningStatus, nullptr))),
            "CRITICAL USER_DATA_FAILED");
}

TEST(BootstrapJudgeTest, RunningIsWellUntilItTakesTooLong) {
  constexpr char kRunning[] =
      R"({"v1": {"stage": "modules-final", "init-local": {"errors": [], "start": 1795614117.5},
          "modules-final": {"errors": [], "start": 1795614120.0, "finished": null}}})";
  const BootstrapFacts facts = CloudInitOf(kRunning, nullptr);
  EXPECT_EQ(SayCloudInit(JudgeCloudInit(facts, Span::Seconds(1800))), "OK");
  EXPECT_EQ(JudgeCloudInit(facts, Span::Seconds(601)).detail,
            "cloud-init runs since 13:41:57 UTC, in stage modules-final");
  const Observation late = JudgeCloudInit(facts, Span::Seconds(1801));
  EXPECT_EQ(SayCloudInit(late), "WARNING BOOTSTRAP_RUNNING");
  EXPECT_EQ(late.since, WallTime{1'795'614'117'500'000'000});
  EXPECT_EQ(SayCloudInit(JudgeCloudInit(facts, Span::Seconds(-60))), "OK")
      << "the clock was behind at the boot";
}

TEST(BootstrapJudgeTest, WarningsMakeItDegraded) {
  constexpr char kDegraded[] =
      R"({"v1": {"stage": null, "init": {"errors": [], "start": 1795614117.5,
          "recoverable_errors": {"WARNING": ["Unhandled non-multipart userdata"]}},
          "modules-final": {"errors": [], "start": 1795614120.0, "finished": 1795614121.0}}})";
  const Observation out = JudgeCloudInit(CloudInitOf(kDegraded, samples::kGoodResult));
  EXPECT_EQ(SayCloudInit(out), "WARNING BOOTSTRAP_DEGRADED");
  EXPECT_EQ(out.detail.find("cloud-init warned: Unhandled non-multipart userdata (stage init)"), 0U)
      << out.detail;
}

TEST(BootstrapJudgeTest, AHostWithoutCloudInitIsToldToRemoveTheCheck) {
  BootstrapFacts facts = CloudInitOf(nullptr, nullptr);
  facts.installed = false;
  EXPECT_EQ(SayCloudInit(JudgeCloudInit(facts)), "UNKNOWN NO_CLOUD_INIT");
  EXPECT_EQ(JudgeCloudInit(facts).detail, "this host has no cloud-init; remove this check");
  facts.disabled = true;
  EXPECT_NE(JudgeCloudInit(facts).detail.find("cloud-init is disabled"), std::string::npos);
  facts.disabled = false;
  facts.installed = true;
  EXPECT_EQ(SayCloudInit(JudgeCloudInit(facts)), "UNKNOWN CLOUD_INIT_NOT_RUN")
      << "there is something to mend";
  EXPECT_NE(JudgeCloudInit(facts).detail.find("has not run since the boot"), std::string::npos);
}

TEST(BootstrapJudgeTest, WhatCannotBeReadIsUnknown) {
  BootstrapFacts facts = CloudInitOf(samples::kGoodStatus, nullptr);
  facts.result = absl::PermissionDeniedError("cannot open result.json");
  EXPECT_EQ(SayCloudInit(JudgeCloudInit(facts)), "UNKNOWN RIGHT_MISSING");
  facts.result = absl::InvalidArgumentError("result.json is not JSON");
  EXPECT_EQ(SayCloudInit(JudgeCloudInit(facts)), "UNKNOWN CANNOT_READ");
}

}  // namespace
}  // namespace faultline::checks
