#include "agent/link/outbox.h"

namespace faultline::link {
namespace {

constexpr size_t kMaxDeclarationMessages = 256;
constexpr size_t kMaxGaugeChecks = 10'000;
constexpr size_t kMaxLookResults = 64;
constexpr size_t kMaxProbeResults = 64;

}  // namespace

void Outbox::Open() {
  MutexLock lock(mutex_);
  open_ = true;
  declarations_.clear();
  gauges_.clear();
  look_results_.clear();
  probe_results_.clear();
}

void Outbox::Close() {
  MutexLock lock(mutex_);
  open_ = false;
}

void Outbox::AddDeclarations(faultline::v1::CheckDeclarations declarations) {
  MutexLock lock(mutex_);
  if (!open_) return;
  if (declarations_.size() == kMaxDeclarationMessages) {
    // A list, not an addition to one.
    if (declarations.has_absent()) declarations_.back().clear_absent();
    declarations_.back().MergeFrom(declarations);
    return;
  }
  declarations_.push_back(std::move(declarations));
}

void Outbox::AddGauges(faultline::v1::Gauges gauges) {
  MutexLock lock(mutex_);
  if (!open_) return;
  for (faultline::v1::Observation& observation : *gauges.mutable_observations()) {
    const uint32_t check = observation.check();
    if (gauges_.size() >= kMaxGaugeChecks && gauges_.count(check) == 0) continue;
    gauges_[check] = std::move(observation);
  }
}

void Outbox::AddLookResult(faultline::v1::LookResult result, uint64_t after_transition) {
  MutexLock lock(mutex_);
  if (!open_) return;
  if (look_results_.size() == kMaxLookResults) look_results_.pop_front();
  look_results_.emplace_back(after_transition, std::move(result));
}

void Outbox::AddProbeResult(faultline::v1::ProbeResult result) {
  MutexLock lock(mutex_);
  if (!open_) return;
  if (probe_results_.size() == kMaxProbeResults) probe_results_.pop_front();
  probe_results_.push_back(std::move(result));
}

bool Outbox::TakeDeclarations(faultline::v1::CheckDeclarations* declarations) {
  MutexLock lock(mutex_);
  if (declarations_.empty()) return false;
  *declarations = std::move(declarations_.front());
  declarations_.pop_front();
  return true;
}

bool Outbox::TakeGauges(size_t max_bytes, faultline::v1::Gauges* gauges) {
  MutexLock lock(mutex_);
  size_t bytes = 0;
  while (!gauges_.empty() && bytes < max_bytes) {
    faultline::v1::Observation& observation = gauges_.begin()->second;
    bytes += observation.ByteSizeLong();
    *gauges->add_observations() = std::move(observation);
    gauges_.erase(gauges_.begin());
  }
  return gauges->observations_size() > 0;
}

bool Outbox::TakeLookResult(uint64_t sent_transitions, faultline::v1::LookResult* result) {
  MutexLock lock(mutex_);
  if (look_results_.empty() || look_results_.front().first > sent_transitions) return false;
  *result = std::move(look_results_.front().second);
  look_results_.pop_front();
  return true;
}

bool Outbox::TakeProbeResult(faultline::v1::ProbeResult* result) {
  MutexLock lock(mutex_);
  if (probe_results_.empty()) return false;
  *result = std::move(probe_results_.front());
  probe_results_.pop_front();
  return true;
}

}  // namespace faultline::link
