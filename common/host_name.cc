#include "common/host_name.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"

namespace faultline {
namespace {

constexpr size_t kMaxHostName = 253;

bool IsAddressOf(int family, std::string_view text) {
  unsigned char ignored[sizeof(in6_addr)];
  // A longer text, or one with a NUL inside, is none.
  return text.size() < INET6_ADDRSTRLEN && text.find('\0') == std::string_view::npos &&
         inet_pton(family, std::string(text).c_str(), ignored) == 1;
}

bool IsLabel(std::string_view label) {
  return !label.empty() && std::all_of(label.begin(), label.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
}

}  // namespace

bool IsIpv4(std::string_view text) { return IsAddressOf(AF_INET, text); }
bool IsIpv6(std::string_view text) { return IsAddressOf(AF_INET6, text); }

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > kMaxHostName || text.front() == '-') return false;
  if (IsIpv4(text)) return true;
  if (text.back() == '.') text.remove_suffix(1);
  std::string_view last;
  for (std::string_view rest = text;;) {
    const size_t dot = rest.find('.');
    last = rest.substr(0, dot);
    if (!IsLabel(last)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return !std::all_of(last.begin(), last.end(), absl::ascii_isdigit);
}

}  // namespace faultline
