#include "cli/gauge_text.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/clock.h"

namespace faultline::cli {
namespace {

// Up to here every whole number is exact.
constexpr double kMostExact = 9e15;
// What a time in nanoseconds holds.
constexpr double kMostSeconds = 9.2e9;

// "0.5", "12.3", "340": three digits, or all of a whole number.
std::string Number(double value) {
  if (std::abs(value) >= kMostExact) return absl::StrFormat("%g", value);
  if (value == std::floor(value)) return absl::StrFormat("%.0f", value);
  const double size = std::abs(value);
  const int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 1e-3 ? 4 : 9;
  std::string text = absl::StrFormat("%.*f", digits, value);
  if (digits == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  return std::string(absl::StripSuffix(text, "."));
}

std::string SecondsText(double seconds) {
  const double size = std::abs(seconds);
  if (size == 0) return "0 s";
  if (size < 1e-3) return absl::StrCat(Number(seconds * 1e6), " us");
  if (size < 1) return absl::StrCat(Number(seconds * 1e3), " ms");
  if (size < 600 || size > kMostSeconds) return absl::StrCat(Number(seconds), " s");
  return FormatSpan(Span::Seconds(static_cast<int64_t>(seconds)));
}

std::string BytesText(double bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; std::abs(bytes) >= 1024 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  return absl::StrCat(Number(bytes), " ", kUnits[unit]);
}

}  // namespace

std::string GaugeText(std::string_view name, double value) {
  const absl::string_view of(name.data(), name.size());
  if (!std::isfinite(value)) return absl::StrCat(value);
  if (absl::EndsWith(of, "_timestamp_seconds")) {
    if (std::abs(value) > kMostSeconds) return absl::StrCat(Number(value), " s");
    return FormatForPeople({static_cast<int64_t>(value * 1e3) * 1'000'000});
  }
  if (absl::EndsWith(of, "_seconds")) return SecondsText(value);
  if (absl::EndsWith(of, "_bytes")) return BytesText(value);
  if (absl::EndsWith(of, "_ratio")) return absl::StrCat(Number(value * 100), " %");
  return Number(value);
}

}  // namespace faultline::cli
