#include "collector/config/byte_size.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace faultline::config {
namespace {

constexpr std::pair<std::string_view, int> kByteUnits[] = {
    {"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}};
constexpr int64_t kMostBytes = int64_t{1} << 50;

}  // namespace

std::optional<int64_t> ParseByteSize(std::string_view text) {
  for (const auto& [unit, bits] : kByteUnits) {
    if (text.size() <= unit.size() || text.substr(text.size() - unit.size()) != unit) continue;
    const std::string_view number = text.substr(0, text.size() - unit.size());
    int64_t count = 0;
    const bool is_number = number.find_first_not_of("0123456789") == std::string_view::npos &&
                           absl::SimpleAtoi(std::string(number), &count);
    if (!is_number || count > kMostBytes >> bits) return std::nullopt;
    return count << bits;
  }
  return std::nullopt;
}

std::string FormatByteSize(int64_t bytes) {
  for (const auto& [unit, bits] : kByteUnits) {
    if (bytes >= int64_t{1} << bits && bytes % (int64_t{1} << bits) == 0) {
      return absl::StrCat(bytes >> bits, std::string(unit));
    }
  }
  return absl::StrCat(bytes, " bytes");
}

}  // namespace faultline::config
