#include "collector/notify/answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace faultline::notify {
namespace {

constexpr size_t kMaxQuoted = 200;
constexpr Span kRejectedDelay = Span::Seconds(300);

bool IsWorthRetrying(int status) {
  // 408 Request Timeout, 425 Too Early, 429 Too Many Requests; 0 and 1xx: no answer at all.
  return status < 200 || status >= 500 || status == 408 || status == 425 || status == 429;
}

}  // namespace

SendResult JudgeAnswer(const std::string& origin, int status, Span retry_after,
                       const std::string& body) {
  SendResult result;
  if (status >= 200 && status < 300) {
    result.outcome = Outcome::kDelivered;
    return result;
  }
  result.outcome = IsWorthRetrying(status) ? Outcome::kRetry : Outcome::kRejected;
  result.retry_after = std::clamp(retry_after, Span{}, kLongestRetryAfter);
  result.error = absl::StrCat(origin, " answered ", status);
  const std::string quoted = CleanText(body, kMaxQuoted);
  if (quoted.find_first_not_of(' ') != std::string::npos) {
    absl::StrAppend(&result.error, ": ", quoted);
  }
  if (status >= 300 && status < 400) {
    absl::StrAppend(&result.error, " (redirects are not followed: configure the final url)");
  }
  return result;
}

Span RetryDelay(const SendResult& result, uint32_t attempts, double random) {
  if (result.retry_after.ns > 0) return result.retry_after;
  if (result.outcome == Outcome::kRejected) return kRejectedDelay;
  const int64_t ceiling = std::min<int64_t>(60, int64_t{1} << std::clamp(attempts, 1u, 7u) >> 1);
  const Span jittered{static_cast<int64_t>(random * static_cast<double>(ceiling) * 1e9)};
  return std::max(jittered, Span::Millis(100));
}

}  // namespace faultline::notify
