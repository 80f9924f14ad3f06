#include "agent/checks/probe_pacing.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace faultline::checks {
namespace {

constexpr Span kMinWait = Span::Millis(60);  // five of them make up kMissesSpread
constexpr Span kFirstWait = Span::Millis(250);
constexpr Span kMaxWait = Span::Seconds(2);

constexpr double kChance = 1e-8;
constexpr size_t kPacketsToKnowLoss = 50;
constexpr int kMostMisses = 12;

}  // namespace

void ProbePacing::OnSent(MonoTime now) {
  if (sent_in_attempt_++ == 0) {
    attempt_began_ = now;
    pauses_ = 0;
  }
  if (misses_ == 0) first_missed_ = now;
  last_sent_ = now;
  deadline_ = now + Wait();
}

std::optional<Span> ProbePacing::OnAnswer(MonoTime now, std::optional<MonoTime> sent) {
  const bool paused = pauses_ > 0 || (sent_in_attempt_ > 0 && now - deadline_ > kPaused);
  const Span took = now - attempt_began_;
  if (!paused) {
    if (sent.has_value()) {
      Sample(now - *sent);
    } else if (sent_in_attempt_ == 1 && misses_ == 0) {
      Sample(took);
    } else if (!concluded_) {
      // It may belong to any of the packets and measures nothing (Karn): be patient next time.
      backoff_ = Span{took.ns + took.ns / 2};
    }
  }
  CountLosses(now, sent);
  OnSettledHere();
  if (paused) return std::nullopt;
  return took;
}

void ProbePacing::OnSettledHere() {
  misses_ = 0;
  concluded_ = false;
  sent_in_attempt_ = 0;
}

void ProbePacing::OnLateAnswer(MonoTime now, MonoTime sent) {
  Sample(now - sent);
  loss_.TakeBack();
}

// An outage's misses are not scattered. Without a packet's number: an answer so soon after the last
// packet belongs to an earlier one, which was late and not lost.
void ProbePacing::CountLosses(MonoTime now, std::optional<MonoTime> sent) {
  int lost = concluded_ ? 0 : misses_;
  const bool late = sent.has_value() ? *sent != last_sent_ : (now - last_sent_).ns < usual_.ns / 2;
  if (lost > 0 && late) --lost;
  for (; lost > 0; --lost) loss_.Add(false);
  loss_.Add(true);
}

ProbePacing::Step ProbePacing::OnSilence(MonoTime now) {
  if (now - deadline_ > kPaused && !concluded_) {
    if (++pauses_ > kMaxPauses) {
      OnSettledHere();
      return Step::kStarved;
    }
    misses_ = 0;
    return Step::kSendAgain;
  }
  ++misses_;
  if (concluded_ || (misses_ >= needed() && now - first_missed_ >= kMissesSpread)) {
    concluded_ = true;
    sent_in_attempt_ = 0;
    return Step::kMissing;
  }
  return Step::kSendAgain;
}

bool ProbePacing::Covers(MonoTime sent) const {
  if (misses_ > 0) return sent >= first_missed_;
  return sent_in_attempt_ > 0 && sent >= attempt_began_;
}

void ProbePacing::Sample(Span round_trip) {
  round_trip = std::clamp(round_trip, Span{1}, kMaxWait);
  backoff_ = {};
  if (usual_.ns == 0) {
    usual_ = round_trip;
    variation_ = Span{round_trip.ns / 2};
    return;
  }
  const int64_t off = std::abs(usual_.ns - round_trip.ns);
  variation_ = Span{variation_.ns + (off - variation_.ns) / 4};
  usual_ = Span{usual_.ns + (round_trip.ns - usual_.ns) / 8};
}

Span ProbePacing::Wait() const {
  const Span wait = usual_.ns == 0 ? kFirstWait : Span{usual_.ns + 4 * variation_.ns};
  return std::clamp(std::max(wait, backoff_), kMinWait, kMaxWait);
}

int ProbePacing::needed() const {
  const double ratio = loss_.ratio();
  if (loss_.packets() < kPacketsToKnowLoss || ratio <= 0) return kMissesInARow;
  if (ratio >= 1) return kMostMisses;
  // Not quite up: a quotient that is a whole number may come out a hair above it.
  const double misses = std::ceil(std::log(kChance) / std::log(ratio) - 1e-6);
  return static_cast<int>(std::clamp<double>(misses, kMissesInARow, kMostMisses));
}

}  // namespace faultline::checks
