#include "collector/notify/answer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace faultline::notify {
namespace {

constexpr size_t kMaxQuoted = 200;
constexpr int64_t kFirstRejectedDelay = 30;  // seconds
constexpr int64_t kLongestRejectedDelay = 300;

bool IsWorthRetrying(int status) {
  // 408 Request Timeout, 425 Too Early, 429 Too Many Requests; 0 and 1xx: no answer at all.
  return status < 200 || status >= 500 || status == 408 || status == 425 || status == 429;
}

// Whether another message would be answered so, too: the receiver has asked for time, the URL is
// wrong, or the secret in it.
bool IsOfChannel(int status) {
  if (status >= 300 && status < 400) return true;
  for (const int each : {401, 403, 404, 405, 407, 410, 429, 503}) {
    if (status == each) return true;
  }
  return false;
}

}  // namespace

SendResult JudgeAnswer(const std::string& origin, int status, Span retry_after,
                       const std::string& body) {
  SendResult result;
  result.kind = std::to_string(status);
  if (status >= 200 && status < 300) {
    result.outcome = Outcome::kDelivered;
    return result;
  }
  result.outcome = IsWorthRetrying(status) ? Outcome::kRetry : Outcome::kRejected;
  result.retry_after = std::clamp(retry_after, Span{}, kLongestRetryAfter);
  const bool is_of_channel = IsOfChannel(status) || result.retry_after.ns > 0;
  result.scope = is_of_channel ? Scope::kChannel : Scope::kMessage;
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
  const uint32_t doublings = std::clamp(attempts, 1u, 7u) - 1;
  const auto seconds = [](double value) { return Span{static_cast<int64_t>(value * 1e9)}; };
  if (result.outcome == Outcome::kRejected) {
    const int64_t ceiling = std::min(kLongestRejectedDelay, kFirstRejectedDelay << doublings);
    return seconds(static_cast<double>(ceiling) * (1 + random) / 2);
  }
  const int64_t ceiling = std::min<int64_t>(60, int64_t{1} << doublings);
  return std::max(seconds(random * static_cast<double>(ceiling)), Span::Millis(100));
}

SendResult NoAnswer(const std::string& origin, const std::string& why, Scope scope) {
  SendResult result;
  result.error = absl::StrCat(origin, ": ", why);
  result.scope = scope;
  result.kind = why;
  return result;
}

}  // namespace faultline::notify
