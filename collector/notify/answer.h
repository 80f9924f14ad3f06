// What a receiver's answer means. Pure.
#pragma once

#include <string>

#include "collector/notify/notify.h"

namespace faultline::notify {

// Longest wait that a receiver's Retry-After can ask for.
inline constexpr Span kLongestRetryAfter = Span::Seconds(300);

// `origin` ("https://hooks.example:443") stands in the error; `body` is the start of the answer's,
// shown cleaned and short. `retry_after` is {0} when the answer had none.
SendResult JudgeAnswer(const std::string& origin, int status, Span retry_after,
                       const std::string& body);

// How long to wait after `attempts` failures (1, 2, ...): full jitter over 1 s, 2 s, 4 s ... 60 s,
// at least 100 ms. After a rejection between half and all of 30 s, 1 m, 2 m ... 5 m. What the
// receiver asked for goes before both. `random` is uniform in [0, 1).
Span RetryDelay(const SendResult& result, uint32_t attempts, double random);

// What is said when no answer came. `why` is of a closed set.
SendResult NoAnswer(const std::string& origin, const std::string& why, Scope scope);

}  // namespace faultline::notify
