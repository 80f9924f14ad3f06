#include "agent/checks/probe_pacing.h"

#include <algorithm>

namespace faultline::checks {
namespace {

constexpr Span kMinWait = Span::Millis(75);
constexpr Span kFirstWait = Span::Millis(250);
constexpr Span kMaxWait = Span::Seconds(1);

}  // namespace

void ProbePacing::OnSent(MonoTime now) {
  if (sent_in_attempt_++ == 0) attempt_began_ = now;
  if (misses_ == 0 && sent_in_attempt_ == 1) first_missed_ = now;
}

Span ProbePacing::OnAnswer(MonoTime now) {
  const Span took = now - attempt_began_;
  // An answer after a repetition may belong to any packet: it says nothing of the round trip.
  if (sent_in_attempt_ == 1 && misses_ == 0) {
    usual_ = usual_.ns == 0 ? took : Span{usual_.ns + (took.ns - usual_.ns) / 8};
  }
  misses_ = 0;
  sent_in_attempt_ = 0;
  return took;
}

ProbePacing::Step ProbePacing::OnSilence(MonoTime now) {
  ++misses_;
  if (misses_ >= kMissesInARow && now - first_missed_ >= kMissesSpread) {
    sent_in_attempt_ = 0;
    return Step::kMissing;
  }
  return Step::kSendAgain;
}

Span ProbePacing::Wait() const {
  if (usual_.ns == 0) return kFirstWait;
  return std::clamp(Span{usual_.ns * 3}, kMinWait, kMaxWait);
}

}  // namespace faultline::checks
