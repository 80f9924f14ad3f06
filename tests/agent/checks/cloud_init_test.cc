#include "agent/checks/cloud_init.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/agent/checks/cloud_init_samples.h"

namespace faultline::checks {
namespace {

TEST(CloudInitTest, ARunThatEndedWell) {
  const auto status = ParseCloudInitStatus(samples::kGoodStatus);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->stage, "");
  EXPECT_NEAR(Span{status->started.ns}.seconds(), 1795614060.387, 0.01);
  EXPECT_NEAR(Span{status->finished.ns}.seconds(), 1795614066.228, 0.01);
  EXPECT_TRUE(status->errors.empty());
  const auto result = ParseCloudInitResult(samples::kGoodResult);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->errors.empty());
}

TEST(CloudInitTest, ARunThatGoesOn) {
  const auto status = ParseCloudInitStatus(samples::kRunningStatus);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->stage, "modules-final");
  EXPECT_EQ(status->finished.ns, 0);
}

TEST(CloudInitTest, ARunThatFailedNamesStageModuleAndScript) {
  const auto status = ParseCloudInitStatus(samples::kFailedStatus);
  ASSERT_TRUE(status.ok()) << status.status();
  ASSERT_EQ(status->errors.size(), 2U);
  EXPECT_EQ(status->errors[0].stage, "modules-config");
  EXPECT_EQ(status->errors[0].text.find("locale: ProcessExecutionError: Unexpected error while "
                                        "running command. Command: ['update-locale'"),
            0U)
      << status->errors[0].text;
  EXPECT_EQ(status->errors[1].stage, "modules-final");
  EXPECT_EQ(status->errors[1].text,
            "scripts-user: Runparts: 1 failures (part-001) in 1 attempted commands");
  const auto result = ParseCloudInitResult(samples::kFailedResult);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->errors.size(), 2U);
  EXPECT_EQ(result->errors[1].stage, "");
}

TEST(CloudInitTest, WarningsThatItWentOnAfterAreToldButNotWhatIsOnlyOldFashioned) {
  const auto status = ParseCloudInitStatus(R"({"v1": {"init": {"errors": [], "recoverable_errors": {
      "DEPRECATED": ["old word"], "WARNING": ["Unhandled non-multipart userdata"]}}}})");
  ASSERT_TRUE(status.ok()) << status.status();
  ASSERT_EQ(status->recoverable.size(), 1U);
  EXPECT_EQ(status->recoverable[0].text, "Unhandled non-multipart userdata");
  EXPECT_EQ(status->recoverable[0].stage, "init");
}

TEST(CloudInitTest, SecretsInErrorsAreMasked) {
  const auto result = ParseCloudInitResult(
      R"json({"v1": {"errors": ["('runcmd', RuntimeError('password=SuperS3cret!'))"]}})json");
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->errors.size(), 1U);
  EXPECT_EQ(result->errors[0].text.find("SuperS3cret"), std::string::npos)
      << result->errors[0].text;
}

TEST(CloudInitTest, HostileTextIsRefusedOrBounded) {
  for (const std::string& json :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"), std::string("null"),
        std::string("{\"v1\": []}"), std::string("{\"v1\": 1}"), std::string(5000, '['),
        "{\"v1\": " + std::string(10'000, '{'), std::string("\xff\xfe"),
        std::string(kMaxCloudInitJson + 1, ' ')}) {
    EXPECT_FALSE(ParseCloudInitStatus(json).ok()) << json.substr(0, 40);
    EXPECT_FALSE(ParseCloudInitResult(json).ok()) << json.substr(0, 40);
  }
  std::string many = R"({"v1": {"errors": [)";
  for (int i = 0; i < 500; ++i) many += "\"" + std::string(100, 'x') + "\",";
  many += "{}, 1, null, \"\\u0000\\u001b[2J\"]}}";
  const auto result = ParseCloudInitResult(many);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->errors.size(), 20U);
  const auto odd = ParseCloudInitStatus(
      R"({"v1": {"stage": 7, "init": {"start": 1e300, "finished": "x", "errors": {"a": 1}},
          "modules-final": {"start": -5, "finished": 1e-9}, "init-local": null}})");
  ASSERT_TRUE(odd.ok()) << odd.status();
  EXPECT_EQ(odd->started.ns, 0);
  EXPECT_TRUE(odd->errors.empty());
}

TEST(CloudInitTest, ErrorsInAnotherFormStayAsTheyAre) {
  EXPECT_EQ(SimplifyError("something else"), "something else");
  EXPECT_EQ(SimplifyError("('a', )"), "a: ");
  EXPECT_EQ(SimplifyError("('a', KeyError('b'))"), "a: KeyError: b");
  EXPECT_EQ(SimplifyError("('a', TimeoutError())"), "a: TimeoutError");
  EXPECT_EQ(SimplifyError("('"), "('");
  EXPECT_EQ(SimplifyError(""), "");
}

TEST(CloudInitTest, TheLastLinesOfTheOutputAreThoseThatSaySomething) {
  const std::vector<std::string> lines = LastOutputLines(samples::kFailedOutput, 4);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "Installing flask");
  EXPECT_EQ(lines[1], "/var/lib/cloud/instance/scripts/part-001: line 5: pip3: command not found");
  EXPECT_NE(lines[3].find("Running module scripts-user"), std::string::npos);
  EXPECT_TRUE(LastOutputLines("", 4).empty());
  EXPECT_EQ(LastOutputLines("\n\n----\n+ set -e\n", 4).size(), 1U);
  const auto hostile =
      LastOutputLines("\x1b[31mDB_PASSWORD=hunter2\xff" + std::string(9000, 'x'), 4);
  ASSERT_EQ(hostile.size(), 1U);
  EXPECT_LE(hostile[0].size(), 300U);
  EXPECT_EQ(hostile[0].find("hunter2"), std::string::npos) << hostile[0];
  EXPECT_EQ(hostile[0].find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace faultline::checks
