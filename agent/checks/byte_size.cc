#include "agent/checks/byte_size.h"

#include <cmath>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace faultline::checks {
namespace {

constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
constexpr double kMaxByteSize = 9.2e18;

}  // namespace

std::optional<uint64_t> ParseByteSize(std::string_view text) {
  const size_t digits = text.find_first_not_of("0123456789.");
  const std::string number(text.substr(0, digits));
  std::string unit = digits == std::string_view::npos ? "B" : std::string(text.substr(digits));
  absl::StripLeadingAsciiWhitespace(&unit);
  double value = 0;
  if (number.empty() || number.size() > 20 || !absl::SimpleAtod(number, &value)) {
    return std::nullopt;
  }
  for (const char* known : kUnits) {
    if (unit == known) {
      if (value < 0 || value > kMaxByteSize) return std::nullopt;
      return static_cast<uint64_t>(value);
    }
    value *= 1024;
  }
  return std::nullopt;
}

std::string FormatByteSize(uint64_t bytes) {
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1023.5 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0 || value >= 9.95 || std::abs(value - std::round(value)) < 0.05) {
    return absl::StrFormat("%.0f %s", value, kUnits[unit]);
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

}  // namespace faultline::checks
