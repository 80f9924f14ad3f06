#include "common/ec2.h"

#include <algorithm>
#include <cstddef>

namespace faultline {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool IsEc2InstanceId(std::string_view text) {
  if (text.substr(0, 2) != "i-") return false;
  text.remove_prefix(2);
  return text.size() >= 8 && text.size() <= 17 && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

bool IsAwsRegion(std::string_view text) {
  if (text.size() > 32) return false;
  size_t parts = 0;
  for (;;) {
    const size_t dash = text.find('-');
    const std::string_view part = text.substr(0, dash);
    // The last one is the region's number.
    if (dash == std::string_view::npos) return parts >= 2 && part.size() == 1 && IsDigit(part[0]);
    const bool is_word = !part.empty() && std::all_of(part.begin(), part.end(), IsLower);
    if (!is_word || (parts == 0 && part.size() != 2)) return false;
    ++parts;
    text.remove_prefix(dash + 1);
  }
}

}  // namespace faultline
