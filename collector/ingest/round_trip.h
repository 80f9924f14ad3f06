// How long a heartbeat's echo was on its way, there and back.
#pragma once

#include <array>
#include <cstdint>

#include "common/clock.h"

namespace faultline::ingest {

class RoundTrip {
 public:
  // The echo of heartbeat `number` leaves.
  void EchoSent(uint64_t number, MonoTime at) { sent_[number % kKept] = {number, at}; }

  // A heartbeat came at `received`. It names the last echo that the host had, and by the host's
  // clock when that came (`echo_received`) and when this was sent (`sent`). {0} = not known, or the
  // host's clock was set in between.
  Span Measure(uint64_t echoed_number, WallTime echo_received, WallTime sent,
               MonoTime received) const {
    const Echo& echo = sent_[echoed_number % kKept];
    if (echoed_number == 0 || echo.number != echoed_number || echo_received.ns == 0) return {};
    const Span held = sent - echo_received;
    const Span whole = received - echo.at;
    return held.ns < 0 || held > whole ? Span{} : Span{whole.ns - held.ns};
  }

 private:
  struct Echo {
    uint64_t number = 0;
    MonoTime at;
  };
  static constexpr size_t kKept = 8;
  std::array<Echo, kKept> sent_ = {};
};

}  // namespace faultline::ingest
