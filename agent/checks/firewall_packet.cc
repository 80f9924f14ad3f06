#include "agent/checks/firewall_packet.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace faultline::checks {
namespace {

bool ParseHexOrDecimal(std::string_view text, uint32_t* out) {
  const absl::string_view view(text.data(), text.size());
  if (text.starts_with("0x")) return absl::SimpleHexAtoi(view, out);
  return absl::SimpleAtoi(view, out);
}

}  // namespace

std::optional<AddressRange> ParseAddressRange(std::string_view text) {
  if (const size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto low = host::ParseIpAddress(std::string(text.substr(0, dash)));
    const auto high = host::ParseIpAddress(std::string(text.substr(dash + 1)));
    if (!low || !high || low->family != high->family || *high < *low) return std::nullopt;
    return AddressRange{*low, *high};
  }
  const size_t slash = text.find('/');
  const auto address = host::ParseIpAddress(std::string(text.substr(0, slash)));
  if (!address) return std::nullopt;
  AddressRange range{*address, *address};
  if (slash == std::string_view::npos) return range;
  uint32_t bits = 0;
  if (!ParseHexOrDecimal(text.substr(slash + 1), &bits) || bits > address->size() * 8) {
    return std::nullopt;
  }
  for (size_t i = bits; i < address->size() * 8; ++i) {
    const auto bit = static_cast<uint8_t>(0x80U >> (i % 8));
    range.low.bytes[i / 8] &= static_cast<uint8_t>(~bit);
    range.high.bytes[i / 8] |= bit;
  }
  return range;
}

ClientSet Intersection(const ClientSet& a, const ClientSet& b) {
  if (!a.has_value()) return b;
  if (!b.has_value()) return a;
  std::vector<AddressRange> both;
  for (const AddressRange& one : *a) {
    for (const AddressRange& other : *b) {
      if (one.low.family != other.low.family) continue;
      const AddressRange common{std::max(one.low, other.low), std::min(one.high, other.high)};
      if (common.low <= common.high) both.push_back(common);
    }
  }
  return both.size() > kMaxClientRanges ? a : both;
}

ClientSet Union(ClientSet a, const ClientSet& b) {
  if (!a.has_value() || !b.has_value() || a->size() + b->size() > kMaxClientRanges) {
    return std::nullopt;
  }
  a->insert(a->end(), b->begin(), b->end());
  return a;
}

std::string AddressRangeText(const AddressRange& range) {
  const std::string low = range.low.ToString();
  if (range.low == range.high) return low;
  for (size_t bits = 0; bits < range.low.size() * 8; ++bits) {
    const std::string prefix = absl::StrCat(low, "/", bits);
    const std::optional<AddressRange> whole = ParseAddressRange(prefix);
    if (whole->low == range.low && whole->high == range.high) return prefix;
  }
  return absl::StrCat(low, "-", range.high.ToString());
}

std::optional<NumberRange> ParseNumberRange(std::string_view text) {
  NumberRange range;
  const size_t dash = text.find('-');
  if (!ParseHexOrDecimal(text.substr(0, dash), &range.low)) return std::nullopt;
  range.high = range.low;
  if (dash != std::string_view::npos &&
      (!ParseHexOrDecimal(text.substr(dash + 1), &range.high) || range.high < range.low)) {
    return std::nullopt;
  }
  return range;
}

}  // namespace faultline::checks
