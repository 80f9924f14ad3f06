#include "collector/notify/answer.h"

#include "gmock/gmock.h"

namespace faultline::notify {
namespace {

using testing::HasSubstr;

constexpr char kOrigin[] = "https://hooks.example:443";

TEST(JudgeAnswerTest, EveryStatusHasItsOutcome) {
  const struct {
    int status;
    Outcome outcome;
  } cases[] = {{200, Outcome::kDelivered}, {202, Outcome::kDelivered}, {204, Outcome::kDelivered},
               {299, Outcome::kDelivered}, {301, Outcome::kRejected},  {400, Outcome::kRejected},
               {401, Outcome::kRejected},  {404, Outcome::kRejected},  {408, Outcome::kRetry},
               {410, Outcome::kRejected},  {413, Outcome::kRejected},  {425, Outcome::kRetry},
               {429, Outcome::kRetry},     {500, Outcome::kRetry},     {503, Outcome::kRetry},
               {599, Outcome::kRetry},     {999, Outcome::kRetry},     {0, Outcome::kRetry}};
  for (const auto& each : cases) {
    EXPECT_EQ(JudgeAnswer(kOrigin, each.status, {}, "").outcome, each.outcome) << each.status;
  }
}

TEST(JudgeAnswerTest, WhatSpeaksOfTheUrlOrTheReceiverIsOfTheWholeChannel) {
  for (const int status : {301, 308, 401, 403, 404, 405, 407, 410, 429, 503}) {
    EXPECT_EQ(JudgeAnswer(kOrigin, status, {}, "").scope, Scope::kChannel) << status;
  }
  for (const int status : {400, 408, 409, 413, 422, 425, 500, 502, 504}) {
    EXPECT_EQ(JudgeAnswer(kOrigin, status, {}, "").scope, Scope::kMessage) << status;
  }
  EXPECT_EQ(JudgeAnswer(kOrigin, 500, Span::Seconds(5), "").scope, Scope::kChannel)
      << "who says when, means himself";
}

TEST(JudgeAnswerTest, TheErrorQuotesTheAnswerShortAndClean) {
  const SendResult result =
      JudgeAnswer(kOrigin, 400, {}, "no such\r\nroom\x1b[31m" + std::string(5000, 'x'));
  EXPECT_THAT(result.error, testing::StartsWith("https://hooks.example:443 answered 400: no such"));
  EXPECT_LT(result.error.size(), 300u);
  EXPECT_EQ(result.error.find('\x1b'), std::string::npos);
  EXPECT_EQ(result.error.find('\n'), std::string::npos);
  EXPECT_EQ(JudgeAnswer(kOrigin, 500, {}, "\r\n ").error, "https://hooks.example:443 answered 500");
  EXPECT_EQ(JudgeAnswer(kOrigin, 200, {}, "thanks").error, "");
}

TEST(JudgeAnswerTest, ARedirectSaysWhatToDo) {
  EXPECT_THAT(JudgeAnswer(kOrigin, 302, {}, "").error, HasSubstr("configure the final url"));
}

TEST(JudgeAnswerTest, RetryAfterIsHonouredWithinReason) {
  EXPECT_EQ(JudgeAnswer(kOrigin, 429, Span::Seconds(17), "").retry_after, Span::Seconds(17));
  EXPECT_EQ(JudgeAnswer(kOrigin, 429, Span::Seconds(86400), "").retry_after, kLongestRetryAfter);
  EXPECT_EQ(JudgeAnswer(kOrigin, 503, Span::Seconds(-5), "").retry_after, Span{});
}

TEST(RetryDelayTest, GrowsToAMinuteAndUsesTheWholeRange) {
  const SendResult retry{Outcome::kRetry, "x", {}};
  const int64_t ceilings[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
  for (uint32_t attempts = 1; attempts <= 9; ++attempts) {
    const double seconds = static_cast<double>(ceilings[attempts - 1]);
    EXPECT_NEAR(RetryDelay(retry, attempts, 0.999999).seconds(), seconds, 0.01) << attempts;
    EXPECT_NEAR(RetryDelay(retry, attempts, 0.5).seconds(), seconds / 2, 0.01) << attempts;
    EXPECT_EQ(RetryDelay(retry, attempts, 0), Span::Millis(100)) << attempts;
  }
  EXPECT_LE(RetryDelay(retry, UINT32_MAX, 0.999), Span::Seconds(60));
}

TEST(RetryDelayTest, ARejectedEntryIsTriedWithinHalfAMinuteAndThenMoreSeldom) {
  const int64_t ceilings[] = {30, 60, 120, 240, 300, 300};
  for (uint32_t attempts = 1; attempts <= 6; ++attempts) {
    const double seconds = static_cast<double>(ceilings[attempts - 1]);
    const SendResult rejected{Outcome::kRejected, "x", {}};
    EXPECT_NEAR(RetryDelay(rejected, attempts, 0).seconds(), seconds / 2, 0.01) << attempts;
    EXPECT_NEAR(RetryDelay(rejected, attempts, 0.999999).seconds(), seconds, 0.01) << attempts;
  }
}

TEST(RetryDelayTest, WhatTheReceiverAskedForGoesFirst) {
  EXPECT_EQ(RetryDelay({Outcome::kRetry, "x", Span::Seconds(7)}, 1, 0.5), Span::Seconds(7));
}

}  // namespace
}  // namespace faultline::notify
