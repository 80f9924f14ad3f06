#include "agent/checks/disk_trend.h"

#include <algorithm>
#include <vector>

namespace faultline::checks {
namespace {

constexpr size_t kMaxSamples = 40;
constexpr size_t kMinSamples = 8;
constexpr Span kMinGap = Span::Seconds(10);
constexpr Span kMinTime = Span::Seconds(240);
constexpr double kMaxAhead = 3 * 86400;
// Of the slopes, this part must point down.
constexpr double kSteadyShare = 0.8;

}  // namespace

void DiskTrend::Add(MonoTime at, uint64_t available_bytes) {
  if (!samples_.empty() && at - samples_.back().at < kMinGap) return;
  samples_.push_back({at, static_cast<double>(available_bytes)});
  if (samples_.size() > kMaxSamples) samples_.pop_front();
}

std::optional<Span> DiskTrend::UntilFull() const {
  if (samples_.size() < kMinSamples) return std::nullopt;
  if (samples_.back().at - samples_.front().at < kMinTime) return std::nullopt;
  std::vector<double> slopes;  // bytes a second
  for (size_t i = 0; i < samples_.size(); ++i) {
    for (size_t j = i + 1; j < samples_.size(); ++j) {
      slopes.push_back((samples_[j].available - samples_[i].available) /
                       (samples_[j].at - samples_[i].at).seconds());
    }
  }
  const auto falling = std::count_if(slopes.begin(), slopes.end(), [](double s) { return s < 0; });
  if (static_cast<double>(falling) < kSteadyShare * static_cast<double>(slopes.size())) {
    return std::nullopt;
  }
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  if (*middle >= 0) return std::nullopt;
  const double seconds = samples_.back().available / -*middle;
  if (seconds > kMaxAhead) return std::nullopt;
  return Span{static_cast<int64_t>(seconds * 1e9)};
}

}  // namespace faultline::checks
