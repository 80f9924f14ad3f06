#include "collector/notify/hold.h"

#include <algorithm>

#include "collector/notify/answer.h"

namespace faultline::notify {
namespace {

// So many single messages that fail one after the other say that it is the channel.
constexpr uint32_t kTooMany = 8;
// A dead receiver may be asked often: it costs one connection.
constexpr Span kLongestUnasked = Span::Seconds(15);
// How soon after a failure something new is tried all the same.
constexpr Span kNewsPause = Span::Seconds(5);

}  // namespace

void ChannelHold::Failed(const SendResult& result, MonoTime now, double random) {
  last_failure_ = now;
  if (result.scope == Scope::kMessage) {
    if (++messages_ < kTooMany) return;
    const uint32_t beyond = messages_ - kTooMany + 1;
    until_ = std::max(until_, now + std::min(RetryDelay({}, beyond, random), kLongestUnasked));
    return;
  }
  // What was begun together fails together and is one failure, unless it says how long to wait.
  const bool is_held = until_ > now;
  if (!is_held) ++channel_;
  const bool asks = result.kind == "429" || result.kind == "503" || result.retry_after.ns > 0;
  if (is_held && result.retry_after.ns == 0) return;
  Span delay = RetryDelay(result, channel_, random);
  if (!asks && result.outcome == Outcome::kRetry) delay = std::min(delay, kLongestUnasked);
  until_ = std::max(until_, now + delay);
  asked_ = asks;
}

void ChannelHold::Delivered() {
  channel_ = messages_ = 0;
  // One that was under way when the receiver asked for time does not take that back.
  if (!asked_) until_ = {};
}

bool ChannelHold::is_probing() const { return channel_ > 0 || messages_ >= kTooMany; }

void ChannelHold::HasNews(MonoTime now) {
  if (asked_ && until_ > now) return;
  until_ = std::min(until_, std::max(now, last_failure_ + kNewsPause));
}

}  // namespace faultline::notify
