// When silence counts: PURE. A missing answer counts after 5 misses in a row that are spread over
// at least 300 ms (design 03, manners of probing). While answers are missing the next packet goes
// out at its deadline; once silence is concluded, one packet an interval is enough to see the
// recovery. Deadlines follow the measured round trip as TCP's do (RFC 6298).
#pragma once

#include <optional>

#include "agent/checks/loss_window.h"
#include "common/clock.h"

namespace faultline::checks {

// How long a hint explains a silence: ICMP errors are rate-limited where they come from.
inline constexpr Span kHintHolds = Span::Seconds(10);

class ProbePacing {
 public:
  static constexpr int kMissesInARow = 5;
  static constexpr Span kMissesSpread = Span::Millis(300);
  // A deadline that is noticed this late means that we were paused, not the target.
  static constexpr Span kPaused = Span::Millis(100);
  static constexpr int kMaxPauses = 10;  // of one attempt

  enum class Step {
    kSendAgain,
    kMissing,  // silence counts
    kStarved,  // this process is so often late that it cannot tell a miss from its own delay
  };

  explicit ProbePacing(int loss_percent = LossWindow::kDefaultPercent) : loss_(loss_percent) {}

  // A packet went out: first or repeated.
  void OnSent(MonoTime now);
  // Any answer, also a refusal. `sent`: when the packet went out that it answers, where the
  // protocol tells. Ends the attempt. Returns how long it took since the attempt's first packet,
  // nullopt where our own pause hides that.
  std::optional<Span> OnAnswer(MonoTime now, std::optional<MonoTime> sent = std::nullopt);
  // An answer to a packet of an earlier attempt, counted as a miss meanwhile.
  void OnLateAnswer(MonoTime now, MonoTime sent);
  // The attempt ended without the network: this host's own table refused it. Measures nothing.
  void OnSettledHere();
  // The deadline has passed without an answer. All but kSendAgain end the attempt.
  Step OnSilence(MonoTime now);

  // True when `sent` is a packet of the attempt under way, or of the silence that lasts.
  bool Covers(MonoTime sent) const;
  // How long the packet just sent may take: smoothed round trip and four times its variation, 60 ms
  // to 2 s; 250 ms while no round trip is known. Longer after an answer that came after its packet
  // was repeated, until a round trip is measured again.
  Span Wait() const;
  MonoTime deadline() const { return deadline_; }

  // How many misses in a row count: 5, more on a path that loses many packets anyway, so that
  // chance alone makes them up once in 100 million attempts; at most 12.
  int needed() const;
  int misses() const { return misses_; }
  // Of the first packet that nothing answered since the last answer; valid while misses() > 0.
  MonoTime first_missed() const { return first_missed_; }
  // Smoothed round trip, 0 while unknown.
  Span usual() const { return usual_; }
  const LossWindow& loss() const { return loss_; }

 private:
  void Sample(Span round_trip);
  void CountLosses(MonoTime now, std::optional<MonoTime> sent);

  LossWindow loss_;
  int misses_ = 0;           // in a row, over attempts
  bool concluded_ = false;   // they count
  int sent_in_attempt_ = 0;  // 0: none under way
  int pauses_ = 0;           // in this attempt
  MonoTime attempt_began_;
  MonoTime last_sent_;
  MonoTime deadline_;
  MonoTime first_missed_;
  Span usual_;      // RFC 6298: SRTT
  Span variation_;  // RTTVAR
  Span backoff_;    // after an answer that may belong to any of several packets
};

}  // namespace faultline::checks
