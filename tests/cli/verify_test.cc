// `faultline stack verify`: the built program against a canned collector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/render.h"
#include "tests/cli/canned_collector.h"
#include "tests/cli/messages.h"
#include "tests/cli/program.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kPath[] =
    "/api/v1/verify?stack=shop&env=prod&since=2026-11-22T03%3A14%3A07.412000123Z";
constexpr char kPass[] =
    R"({"name": "Port check", "command": "nc -vz 10.0.2.10 3306", "host": "app-1",
        "expected": "open", "seen": "10.0.2.10:3306 answers", "state": "STATE_PASS",
        "check": "port:10.0.2.10:3306", "observed_at": "2026-11-22T03:14:07.500Z"})";
constexpr char kFail[] =
    R"({"name": "App logs", "command": "sudo journalctl -u flask-app -n 200", "host": "app-1",
        "expected": "no errors", "seen": "2 error lines", "state": "STATE_FAIL"})";
constexpr char kNotChecked[] =
    R"({"name": "DB is private", "command": "nc -vz DB_HOST 3306", "expected": "closed",
        "seen": "no host of role collector or outside has joined", "state": "STATE_NOT_CHECKED"})";
constexpr char kStale[] =
    R"({"name": "Port check", "host": "app-1", "seen": "has not answered", "state": "STATE_STALE",
        "answer_due": true})";

constexpr char kNotApplicable[] =
    R"({"name": "System logs", "host": "app-1", "expected": "cloud-init ended well",
        "seen": "this host has no cloud-init at work", "state": "STATE_NOT_APPLICABLE"})";

std::string VerifyAnswer(const std::string& rows, const std::string& more = "") {
  return R"({"stack": {"stack": "shop", "env": "prod"}, "rows": [)" + rows + "]" + more + "}";
}

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    collector_.Serve("/api/v1/looks",
                     R"({"stack": {"stack": "shop", "env": "prod"},
                         "asked_at": "2026-11-22T03:14:07.412000123Z", "hosts": 2})");
  }
  int Run(const Program::Words& words = {}, Program::Output output = Program::kPipe) {
    Program::Words all = {"stack", "verify"};
    all.insert(all.end(), words.begin(), words.end());
    Program program(all, {"FAULTLINE_COLLECTOR=" + collector_.url(), "TERM=xterm"}, output);
    const int code = program.Wait();
    output_ = program.output();
    errors_ = program.errors();
    return code;
  }

  CannedCollector collector_;
  std::string output_;
  std::string errors_;
};

TEST_F(VerifyTest, EndsWith0WhenEveryRowIsAsExpected) {
  collector_.Serve(kPath, VerifyAnswer(kPass));
  EXPECT_EQ(Run({"--stack", "shop"}), 0) << errors_;
  EXPECT_EQ(output_,
            "STATE  CHECK       FROM   EXPECTED  SEEN\n"
            "pass   Port check  app-1  open      10.0.2.10:3306 answers\n"
            "\nAll 1 rows of shop-prod are as expected.\n");
  EXPECT_EQ(errors_, "");
  const std::string asked = collector_.last_request("/api/v1/looks");
  EXPECT_THAT(asked, StartsWith("POST "));
  EXPECT_THAT(asked, HasSubstr(R"({"stack":"shop"})"));
  EXPECT_THAT(asked, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(asked, Not(HasSubstr("Authorization")));
}

TEST_F(VerifyTest, EndsWith4WhenARowIsNot) {
  collector_.Serve(kPath, VerifyAnswer(std::string(kPass) + "," + kFail + "," + kNotChecked));
  EXPECT_EQ(Run(), 4);
  EXPECT_THAT(output_, HasSubstr("FAIL"));
  EXPECT_THAT(output_,
              HasSubstr("shop-prod: 1 of 3 rows as expected; 1 not as expected, 1 not checked.\n"));
  EXPECT_THAT(output_, HasSubstr("DB is private  -"));
}

TEST_F(VerifyTest, EndsWith5WhenNothingIsWrongButSomethingUnproved) {
  collector_.Serve(kPath, VerifyAnswer(std::string(kPass) + "," + kNotChecked,
                                       R"(, "notes": ["No host of role outside."])"));
  EXPECT_EQ(Run(), 5);
  EXPECT_THAT(output_, HasSubstr("\nNote: No host of role outside.\n"));
}

TEST_F(VerifyTest, WhatDoesNotApplyIsNoReasonToDoubt) {
  collector_.Serve(kPath, VerifyAnswer(std::string(kPass) + "," + kNotApplicable));
  EXPECT_EQ(Run(), 0) << errors_;
  EXPECT_THAT(output_, HasSubstr("n/a    System logs  app-1"));
  EXPECT_THAT(output_, HasSubstr("this host has no cloud-init"));
  EXPECT_THAT(output_, HasSubstr("\nAll 1 rows of shop-prod are as expected; 1 does not apply.\n"));
  collector_.Serve(kPath, VerifyAnswer(std::string(kFail) + "," + kNotApplicable));
  EXPECT_EQ(Run(), 4);
  EXPECT_THAT(output_, HasSubstr("shop-prod: 0 of 1 rows as expected; 1 not as expected; 1 does "
                                 "not apply.\n"));
}

TEST_F(VerifyTest, RowsThatAllDoNotApplyProveNothing) {
  collector_.Serve(kPath, VerifyAnswer(kNotApplicable));
  EXPECT_EQ(Run(), 5) << errors_;
}

TEST_F(VerifyTest, WaitsForAnswersThatMayStillCome) {
  collector_.Serve(kPath, VerifyAnswer(kStale));
  Program program({"stack", "verify"}, {"FAULTLINE_COLLECTOR=" + collector_.url()});
  ASSERT_TRUE(collector_.WaitForRequests(kPath, 2));
  collector_.Serve(kPath, VerifyAnswer(kPass));
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_EQ(collector_.requests("/api/v1/looks"), 1u);
}

TEST_F(VerifyTest, WaitsNoLongerThanItWasTold) {
  collector_.Serve(kPath, VerifyAnswer(std::string(kPass) + "," + kStale));
  EXPECT_EQ(Run({"--wait", "1ms"}), 5);
  EXPECT_THAT(output_, HasSubstr("stale  Port check"));
  EXPECT_EQ(Run({"--wait", "soon"}), 2);
  EXPECT_EQ(Run({"--wait", "1h"}), 2);
}

TEST_F(VerifyTest, JsonIsTheApisAnswer) {
  collector_.Serve(kPath, VerifyAnswer(kFail));
  EXPECT_EQ(Run({"--output", "json"}), 4);
  EXPECT_THAT(output_, HasSubstr("\"state\": \"STATE_FAIL\""));
}

TEST_F(VerifyTest, WideShowsWhatAPersonWouldHaveTyped) {
  collector_.Serve(kPath, VerifyAnswer(kPass));
  EXPECT_EQ(Run({"--output", "wide"}), 0);
  EXPECT_THAT(output_, HasSubstr("nc -vz 10.0.2.10 3306"));
  EXPECT_THAT(output_, HasSubstr("port:10.0.2.10:3306"));
  EXPECT_THAT(output_, HasSubstr("2026-11-22 03:14:07.500 UTC"));
}

TEST_F(VerifyTest, OnATerminalItIsColouredAndTroubleHasItsWholeText) {
  collector_.Serve(kPath, VerifyAnswer(std::string(kPass) + "," + kFail));
  EXPECT_EQ(Run({}, Program::kTerminal), 4);
  EXPECT_THAT(output_, HasSubstr("\x1b[32mpass"));
  EXPECT_THAT(output_, HasSubstr("  App logs from app-1: 2 error lines"));
  EXPECT_THAT(output_, HasSubstr("    by hand: sudo journalctl -u flask-app -n 200"));
}

TEST_F(VerifyTest, WhatCannotBeAskedIsNoResult) {
  collector_.ServeRaw("/api/v1/looks", CannedCollector::Http(
                                           404, R"({"error": {"message": "no host has joined"}})"));
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(errors_, HasSubstr("no host has joined"));
  Program program({"stack", "verify", "--collector", "http://127.0.0.1:1"});
  EXPECT_EQ(program.Wait(), 3);
}

TEST(RenderVerificationTest, NothingOfAHostsTextReachesTheTerminalAsItIs) {
  const auto seen = FromJson<v1::Verification>(VerifyAnswer(
      R"({"name": "Port check", "host": "a\u001b[2J", "seen": "x\u001b]0;evil\u0007y",
          "state": "STATE_FAIL"})"));
  const std::string text = RenderVerification(seen, {.width = 80});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
}

}  // namespace
}  // namespace faultline::cli
