#include "cli/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "faultline/v1/operator.pb.h"
#include "tests/cli/canned_collector.h"

namespace faultline::cli {
namespace {

using testing::HasSubstr;

class ClientTest : public testing::Test {
 protected:
  absl::StatusOr<Answer<v1::Status>> Get(Span timeout = Span::Seconds(10)) {
    return Client({.collector = collector_.url(), .timeout = timeout})
        .Get<v1::Status>("/api/v1/status");
  }
  std::string Error(Span timeout = Span::Seconds(10)) {
    return std::string(Get(timeout).status().message());
  }
  CannedCollector collector_;
};

TEST_F(ClientTest, ReadsAnAnswerAndKeepsItsText) {
  collector_.Serve("/api/v1/status", R"({"version": "0.1.0", "checks_ok": 3})");
  const auto answer = Get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->message.checks_ok(), 3U);
  EXPECT_EQ(answer->json, R"({"version": "0.1.0", "checks_ok": 3})");
}

TEST_F(ClientTest, SkipsWhatANewerCollectorAdds) {
  collector_.Serve("/api/v1/status", R"({"version": "9.0", "moon_phase": {"full": true},
      "troubled_checks": [{"id": "unit:x", "state": "STATE_FROM_THE_FUTURE"}]})");
  const auto answer = Get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->message.version(), "9.0");
  EXPECT_EQ(answer->message.troubled_checks(0).id(), "unit:x");
}

TEST_F(ClientTest, SaysWhatTheCollectorSaysOfAnError) {
  collector_.ServeRaw("/api/v1/status",
                      CannedCollector::Http(400, R"({"error": {"code": "invalid_argument",
                          "message": "limit: 'x' is no number\u001b[2J"}})"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Get().status()));
  EXPECT_EQ(Error(), "the collector answered HTTP 400: limit: 'x' is no number [2J");
  collector_.ServeRaw("/api/v1/status", CannedCollector::Http(404, "{}"));
  EXPECT_TRUE(absl::IsNotFound(Get().status()));
}

TEST_F(ClientTest, TellsAnotherServerFromACollector) {
  collector_.ServeRaw("/api/v1/status",
                      CannedCollector::Http(200, "<html>It works!</html>", "text/html"));
  EXPECT_TRUE(absl::IsInternal(Get().status()));
  EXPECT_THAT(Error(), HasSubstr("Does --collector name the collector's HTTP port?"));
  collector_.ServeRaw("/api/v1/status", CannedCollector::Http(502, "bad gateway", "text/plain"));
  EXPECT_THAT(Error(), HasSubstr("answered HTTP 502, not as a Faultline collector does"));
}

TEST_F(ClientTest, FollowsNoRedirect) {
  collector_.ServeRaw("/api/v1/status",
                      "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(Get().ok());
  EXPECT_EQ(collector_.requests("/elsewhere"), 0U);
}

TEST_F(ClientTest, RefusesAnAnswerWithoutBound) {
  collector_.ServeRaw("/api/v1/status",
                      "HTTP/1.1 200 OK\r\n\r\n" + std::string(Client::kMaxAnswerBytes + 1, ' '));
  EXPECT_TRUE(absl::IsResourceExhausted(Get().status()));
  EXPECT_THAT(Error(), HasSubstr("larger than 32 MiB"));
}

TEST_F(ClientTest, SurvivesGarbage) {
  for (const std::string& garbage :
       {std::string(""), std::string("\x16\x03\x01\x00", 4), std::string("HTTP/1.1 abc\r\n\r\n"),
        CannedCollector::Http(200, std::string(50'000, '[')),
        CannedCollector::Http(200, R"({"now": "yesterday"})"), CannedCollector::Http(200, "")}) {
    collector_.ServeRaw("/api/v1/status", garbage);
    EXPECT_FALSE(Get().ok()) << garbage.substr(0, 80);
  }
}

TEST_F(ClientTest, GivesUpOnAnAnswerThatDoesNotCome) {
  collector_.ServeRaw("/api/v1/status", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
  CannedCollector silent;
  const Client client({.collector = silent.url(), .timeout = Span::Millis(100)});
  // The stream never ends, so neither does its answer.
  const auto text = client.GetText("/api/v1/events");
  EXPECT_TRUE(absl::IsUnavailable(text.status()));
  EXPECT_THAT(std::string(text.status().message()), HasSubstr("no answer within 100ms"));
  EXPECT_FALSE(Get().ok());
}

TEST_F(ClientTest, StopsWhenItIsAskedTo) {
  const Client client({.collector = collector_.url(),
                       .timeout = Span::Seconds(60),
                       .cancelled = [] { return true; }});
  EXPECT_TRUE(absl::IsUnavailable(client.GetText("/api/v1/events").status()));
}

TEST(Client, SaysThatNobodyListensAndWhatToDo) {
  std::string url;
  {
    const CannedCollector gone;
    url = gone.url();
  }
  const auto text = Client({.collector = url}).GetText("/api/v1/status");
  EXPECT_TRUE(absl::IsUnavailable(text.status()));
  EXPECT_EQ(std::string(text.status().message()),
            "cannot reach the collector at " + url +
                ": connection refused. Is it running? Try: systemctl status faultline-collector, "
                "or give --collector URL");
}

TEST(Client, SaysThatANameDoesNotResolve) {
  const auto text = Client({.collector = "http://no-such-host.invalid:1"}).GetText("/");
  EXPECT_TRUE(absl::IsUnavailable(text.status()));
  EXPECT_THAT(std::string(text.status().message()), HasSubstr("its name does not resolve"));
}

TEST(EscapeQuery, LeavesNothingThatEndsAValue) {
  EXPECT_EQ(EscapeQuery("a-b_c.~9"), "a-b_c.~9");
  EXPECT_EQ(EscapeQuery("a b&c=d#e?/é\n"), "a%20b%26c%3Dd%23e%3F%2F%C3%A9%0A");
}

}  // namespace
}  // namespace faultline::cli
