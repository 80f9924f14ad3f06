#include "agent/link/told_before.h"

#include <algorithm>

namespace faultline::link {
namespace {

constexpr Span kToldAgain = Span::Seconds(3600);
constexpr size_t kMaxTold = 8;

}  // namespace

bool ToldBefore::IsNews(const std::string& text, MonoTime now) {
  const auto before = told_.find(text);
  if (before != told_.end() && now - before->second < kToldAgain) return false;
  if (before == told_.end() && told_.size() == kMaxTold) {
    told_.erase(std::min_element(told_.begin(), told_.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; }));
  }
  told_[text] = now;
  return true;
}

}  // namespace faultline::link
