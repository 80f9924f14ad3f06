#include "collector/notify/health.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace faultline::notify {

std::optional<HealthLine> ChannelHealth::Failed(const SendResult& result, WallTime now,
                                                const std::function<uint64_t()>& waiting) {
  const bool begins = since_.ns == 0;
  const bool changes = kind_ != result.kind;
  if (begins) since_ = now;
  ++attempts_;
  kind_ = result.kind;
  error_ = result.error;
  if (!begins && !changes) return std::nullopt;
  const uint64_t count = waiting();
  return HealthLine{
      .is_warning = true,
      .text = absl::StrCat("notify ", channel_,
                           begins ? ": cannot deliver: " : ": still cannot deliver, now: ", error_,
                           "; ", count, count == 1 ? " incident waits" : " incidents wait")};
}

std::optional<HealthLine> ChannelHealth::Delivered(WallTime now, bool others_fail) {
  if (since_.ns == 0 || others_fail) return std::nullopt;
  HealthLine line{.text =
                      absl::StrCat("notify ", channel_, ": delivers again after ",
                                   FormatSpan(std::max(now - since_, Span{})), " and ", attempts_,
                                   attempts_ == 1 ? " failed attempt" : " failed attempts")};
  since_ = {};
  attempts_ = 0;
  kind_.clear();
  error_.clear();
  return line;
}

}  // namespace faultline::notify
