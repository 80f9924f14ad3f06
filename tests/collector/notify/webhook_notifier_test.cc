// The webhook against a real receiver on a real socket.
#include "collector/notify/notify.h"
#include "gmock/gmock.h"
#include "tests/collector/notify/notify_samples.h"
#include "tests/fakes/http_receiver.h"

namespace faultline::notify {
namespace {

using fakes::HttpReceiver;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class WebhookNotifierTest : public testing::Test {
 protected:
  std::unique_ptr<Notifier> Make(const std::string& url, Span timeout = Span::Seconds(20)) {
    auto made = MakeWebhookNotifier({"pager", url, timeout, ""}, clock_);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  SystemClock clock_;
  HttpReceiver receiver_;
};

TEST_F(WebhookNotifierTest, PostsTheBodyUnderItsKey) {
  auto notifier = Make(receiver_.url("/hook?token=s3cret"));
  EXPECT_EQ(notifier->name(), "pager");
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification(42, 3)).outcome, Outcome::kDelivered);
  const auto requests = receiver_.requests();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].path, "/hook?token=s3cret");
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/json");
  EXPECT_EQ(requests[0].headers.at("idempotency-key"), "shop-prod/database/42/3");
  EXPECT_EQ(requests[0].headers.at("user-agent"), "faultline/" FAULTLINE_VERSION);
  EXPECT_EQ(requests[0].headers.count("expect"), 0u);
  EXPECT_THAT(requests[0].body, HasSubstr("\"dedup_key\":\"shop-prod/database/42\""));
}

TEST_F(WebhookNotifierTest, KeepsItsConnectionAndMakesANewOneWhenThatHasGone) {
  auto notifier = Make(receiver_.url());
  receiver_.Script({HttpReceiver::Answer(200, "fine"), HttpReceiver::Answer(500, "broken"),
                    HttpReceiver::Answer(200, "", "Connection: close\r\n")});
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kDelivered);
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kRetry);
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kDelivered);
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kDelivered);
  const auto requests = receiver_.requests();
  ASSERT_THAT(requests, SizeIs(4));
  EXPECT_EQ(requests[2].connection, 1);
  EXPECT_EQ(requests[3].connection, 2);
}

TEST_F(WebhookNotifierTest, TellsTheReceiversErrorWithoutTheSecretsOfTheUrl) {
  auto notifier = Make("http://user:passw0rd@127.0.0.1:" + std::to_string(receiver_.port()) +
                       "/services/T00/B11?token=s3cret-token");
  receiver_.Script({HttpReceiver::Answer(
      400, "cannot POST /services/T00/B11?token=s3cret-token for user:passw0rd")});
  const SendResult result = SendAndWait(*notifier, SampleNotification());
  EXPECT_EQ(result.outcome, Outcome::kRejected);
  EXPECT_THAT(result.error, HasSubstr("http://127.0.0.1:" + std::to_string(receiver_.port()) +
                                      " answered 400: cannot POST ***"));
  for (const char* secret : {"passw0rd", "s3cret", "T00"}) {
    EXPECT_THAT(result.error, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(receiver_.requests().at(0).headers.at("authorization"), HasSubstr("Basic "));
}

TEST_F(WebhookNotifierTest, PassesOnWhatTheReceiverAsksFor) {
  auto notifier = Make(receiver_.url());
  receiver_.Script({HttpReceiver::Answer(429, "", "Retry-After: 7\r\n"),
                    HttpReceiver::Answer(503, "", "Retry-After: nonsense\r\n")});
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).retry_after, Span::Seconds(7));
  const SendResult second = SendAndWait(*notifier, SampleNotification());
  EXPECT_EQ(second.outcome, Outcome::kRetry);
  EXPECT_EQ(second.retry_after, Span{});
}

TEST_F(WebhookNotifierTest, FollowsNoRedirect) {
  HttpReceiver elsewhere;
  auto notifier = Make(receiver_.url());
  receiver_.Script({HttpReceiver::Answer(307, "", "Location: " + elsewhere.url() + "\r\n")});
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kRejected);
  EXPECT_THAT(elsewhere.requests(), SizeIs(0));
}

TEST_F(WebhookNotifierTest, AReceiverThatIsAwayIsTriedAgain) {
  std::string url;
  {
    HttpReceiver gone;
    url = gone.url("/secret-path");
  }
  auto notifier = Make(url);
  const SendResult result = SendAndWait(*notifier, SampleNotification());
  EXPECT_EQ(result.outcome, Outcome::kRetry);
  EXPECT_THAT(result.error, HasSubstr("cannot connect: Connection refused"));
  EXPECT_THAT(result.error, Not(HasSubstr("secret-path")));
}

TEST_F(WebhookNotifierTest, AnEarlierSuccessDoesNotHideALaterFailure) {
  auto receiver = std::make_unique<HttpReceiver>();
  auto notifier = Make(receiver->url());
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kDelivered);
  receiver.reset();
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kRetry);
}

TEST_F(WebhookNotifierTest, ASlowReceiverIsGivenUpAtTheTimeout) {
  auto notifier = Make(receiver_.url(), Span::Millis(200));
  receiver_.Hold();
  const SendResult result = SendAndWait(*notifier, SampleNotification());
  EXPECT_EQ(result.outcome, Outcome::kRetry);
  EXPECT_THAT(result.error, HasSubstr("no answer within 200ms"));
}

TEST_F(WebhookNotifierTest, SeveralAreUnderWayAndTheSlowOneHoldsUpNoOther) {
  auto notifier = Make(receiver_.url(), Span::Seconds(20));
  receiver_.HoldOnly("shop-prod/database/1/1");
  for (uint64_t ticket = 1; ticket <= 4; ++ticket) {
    const incidents::Notification said = SampleNotification(ticket, 1);
    notifier->Begin(ticket, said, KeyOf(said));
  }
  std::vector<uint64_t> ended;
  while (ended.size() < 3) {
    for (const Finished& finished : notifier->Wait(Span::Seconds(20))) {
      EXPECT_EQ(finished.result.outcome, Outcome::kDelivered);
      ended.push_back(finished.ticket);
    }
  }
  EXPECT_THAT(ended, testing::UnorderedElementsAre(2, 3, 4));
  receiver_.Release();
  EXPECT_EQ(notifier->Wait(Span::Seconds(20)).at(0).ticket, 1u);
}

TEST_F(WebhookNotifierTest, WhatIsUnderWayEndsAtOnceWithTheNotifier) {
  auto notifier = Make(receiver_.url(), Span::Seconds(60));
  receiver_.Hold();
  const incidents::Notification said = SampleNotification();
  notifier->Begin(1, said, KeyOf(said));
  while (receiver_.requests().empty()) EXPECT_THAT(notifier->Wait(Span::Millis(5)), SizeIs(0));
  const auto begun = std::chrono::steady_clock::now();
  notifier.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
  receiver_.Release();
}

TEST_F(WebhookNotifierTest, AWakeEndsTheWaitEvenIfItCameBefore) {
  auto notifier = Make(receiver_.url());
  notifier->Wake();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THAT(notifier->Wait(Span::Seconds(60)), SizeIs(0));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST_F(WebhookNotifierTest, GarbageInsteadOfAnAnswerIsAFailure) {
  for (const std::string& garbage :
       {std::string("\x16\x03\x01 garbage\r\n\r\n"), std::string("HTTP/1.1 banana\r\n\r\n"),
        std::string("hello\n"), std::string()}) {
    HttpReceiver receiver;
    // Enough of it: an answer that only closes may be tried again on a fresh connection.
    receiver.Script({garbage, garbage, garbage});
    auto notifier = Make(receiver.url(), Span::Millis(500));
    const SendResult result = SendAndWait(*notifier, SampleNotification());
    EXPECT_EQ(result.outcome, Outcome::kRetry) << garbage;
    EXPECT_NE(result.error, "") << garbage;
  }
}

TEST_F(WebhookNotifierTest, AnEndlessAnswerCountsByItsStatus) {
  auto notifier = Make(receiver_.url());
  receiver_.Script({HttpReceiver::Answer(200, std::string(1 << 20, 'x')),
                    HttpReceiver::Answer(500, std::string(1 << 20, 'y'))});
  EXPECT_EQ(SendAndWait(*notifier, SampleNotification()).outcome, Outcome::kDelivered);
  const SendResult second = SendAndWait(*notifier, SampleNotification());
  EXPECT_EQ(second.outcome, Outcome::kRetry);
  EXPECT_LT(second.error.size(), 400u);
}

TEST_F(WebhookNotifierTest, AKeyCannotSmuggleAHeader) {
  auto notifier = Make(receiver_.url());
  incidents::Notification notification = SampleNotification();
  notification.incident.dedup_key = "a\r\nX-Evil: yes";
  EXPECT_EQ(SendAndWait(*notifier, notification).outcome, Outcome::kDelivered);
  EXPECT_EQ(receiver_.requests().at(0).headers.count("x-evil"), 0u);
}

TEST_F(WebhookNotifierTest, OnlyHttpUrlsAreTakenAndTheUrlIsNotShown) {
  for (const char* url : {"", "hook", "ftp://127.0.0.1/secret-path", "file:///etc/secret-path",
                          "http://", "http://bad host/secret-path", "://secret-path"}) {
    const auto made = MakeWebhookNotifier({"pager", url, Span::Seconds(1), ""}, clock_);
    EXPECT_TRUE(absl::IsInvalidArgument(made.status())) << url << ": " << made.status();
    EXPECT_THAT(std::string(made.status().message()), Not(HasSubstr("secret-path")));
  }
}

}  // namespace
}  // namespace faultline::notify
