// Times and the one way to ask for them. Decisions take times as arguments; only wiring and
// adapters hold a Clock.
#pragma once

#include <cstdint>
#include <string>

namespace faultline {

// Nanoseconds since the Unix epoch (CLOCK_REALTIME).
struct WallTime {
  int64_t ns = 0;
  auto operator<=>(const WallTime&) const = default;
};

// Nanoseconds of CLOCK_MONOTONIC of this host.
struct MonoTime {
  int64_t ns = 0;
  auto operator<=>(const MonoTime&) const = default;
};

// A span in nanoseconds.
struct Span {
  int64_t ns = 0;
  auto operator<=>(const Span&) const = default;
  static constexpr Span Millis(int64_t ms) { return Span{ms * 1'000'000}; }
  static constexpr Span Seconds(int64_t s) { return Span{s * 1'000'000'000}; }
  double seconds() const { return static_cast<double>(ns) / 1e9; }
};

inline WallTime operator+(WallTime t, Span d) { return {t.ns + d.ns}; }
inline WallTime operator-(WallTime t, Span d) { return {t.ns - d.ns}; }
inline Span operator-(WallTime a, WallTime b) { return {a.ns - b.ns}; }
inline MonoTime operator+(MonoTime t, Span d) { return {t.ns + d.ns}; }
inline Span operator-(MonoTime a, MonoTime b) { return {a.ns - b.ns}; }

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
  virtual MonoTime Mono() const = 0;
};

// The machine's clock.
class SystemClock : public Clock {
 public:
  WallTime Now() const override;
  MonoTime Mono() const override;
};

// "2026-11-22T03:14:07.412Z": RFC 3339, UTC, milliseconds (rounded down).
std::string FormatRfc3339(WallTime time);

// "2026-11-22 03:14:07.412 UTC", as messages show it.
std::string FormatForPeople(WallTime time);

// "500ms", "30s", "5m", "1h30m", "2d": the largest units that are exact to a millisecond.
std::string FormatSpan(Span span);

// Parses "500ms", "2s", "5m", "1h", "2d" (one number and one unit). False for anything else.
bool ParseSpan(const std::string& text, Span* span);

}  // namespace faultline
