#include "common/clock.h"

#include <ctime>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace faultline {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

int64_t Read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return int64_t{ts.tv_sec} * kNanosPerSecond + ts.tv_nsec;
}

std::string Format(WallTime time, const char* date_time_format, const char* zone) {
  int64_t seconds = time.ns / kNanosPerSecond;
  int64_t nanos = time.ns % kNanosPerSecond;
  if (nanos < 0) {
    nanos += kNanosPerSecond;
    --seconds;
  }
  const time_t t = seconds;
  tm parts{};
  gmtime_r(&t, &parts);
  char text[64];
  strftime(text, sizeof(text), date_time_format, &parts);
  return absl::StrFormat("%s.%03d%s", text, nanos / 1'000'000, zone);
}

}  // namespace

WallTime SystemClock::Now() const { return {Read(CLOCK_REALTIME)}; }
MonoTime SystemClock::Mono() const { return {Read(CLOCK_MONOTONIC)}; }

std::string FormatRfc3339(WallTime time) { return Format(time, "%Y-%m-%dT%H:%M:%S", "Z"); }
std::string FormatForPeople(WallTime time) { return Format(time, "%Y-%m-%d %H:%M:%S", " UTC"); }

std::string FormatSpan(Span span) {
  if (span.ns < 0) return absl::StrCat("-", FormatSpan(Span{-span.ns}));
  const int64_t ms = span.ns / 1'000'000;
  if (ms < 1000) return absl::StrCat(ms, "ms");
  if (ms < 60'000) {
    if (ms % 1000 == 0) return absl::StrCat(ms / 1000, "s");
    return absl::StrFormat("%d.%ds", ms / 1000, ms % 1000 / 100);
  }
  const int64_t s = ms / 1000;
  if (s < 3600)
    return s % 60 == 0 ? absl::StrCat(s / 60, "m") : absl::StrCat(s / 60, "m", s % 60, "s");
  const int64_t m = s / 60;
  if (m < 48 * 60)
    return m % 60 == 0 ? absl::StrCat(m / 60, "h") : absl::StrCat(m / 60, "h", m % 60, "m");
  return absl::StrCat(m / 1440, "d");
}

bool ParseSpan(const std::string& text, Span* span) {
  struct Unit {
    const char* suffix;
    int64_t ns;
  };
  // "ms" stands before "s" and "m": the longest suffix wins.
  constexpr Unit kUnits[] = {{"ms", 1'000'000},
                             {"s", kNanosPerSecond},
                             {"m", 60 * kNanosPerSecond},
                             {"h", 3600 * kNanosPerSecond},
                             {"d", 86400 * kNanosPerSecond}};
  const size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string::npos) return false;
  int64_t number = 0;
  if (!absl::SimpleAtoi(text.substr(0, digits), &number)) return false;
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.suffix) continue;
    if (number > INT64_MAX / unit.ns) return false;
    span->ns = number * unit.ns;
    return true;
  }
  return false;
}

}  // namespace faultline
