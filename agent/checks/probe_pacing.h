// When silence counts: PURE. A missing answer counts after 5 misses in a row that are spread over
// at least 300 ms (design 03, manners of probing). While answers are missing the next packet goes
// out soon; once that is concluded, one packet an interval is enough to see the recovery.
#pragma once

#include "common/clock.h"

namespace faultline::checks {

class ProbePacing {
 public:
  static constexpr int kMissesInARow = 5;
  static constexpr Span kMissesSpread = Span::Millis(300);

  enum class Step { kSendAgain, kMissing };

  // A packet went out: first or repeated.
  void OnSent(MonoTime now);
  // Any answer, also a refusal. Returns how long it took since the attempt's first packet.
  Span OnAnswer(MonoTime now);
  // Wait() has passed since the last packet without an answer. kMissing ends the attempt.
  Step OnSilence(MonoTime now);

  // How long the packet just sent may take: at least 75 ms, three of the usual round trips, at
  // most 1 s; 250 ms while no round trip is known.
  Span Wait() const;

  int misses() const { return misses_; }
  // Of the first packet that nothing answered since the last answer; valid while misses() > 0.
  MonoTime first_missed() const { return first_missed_; }
  // Smoothed round trip, 0 while unknown.
  Span usual() const { return usual_; }

 private:
  int misses_ = 0;           // in a row, over attempts
  int sent_in_attempt_ = 0;  // 0: none under way
  MonoTime attempt_began_;
  MonoTime first_missed_;
  Span usual_;
};

}  // namespace faultline::checks
