#include "common/unit_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace faultline {

bool IsUnitName(std::string_view text) {
  constexpr std::string_view kSigns = ":-_.\\@";
  return !text.empty() && text.size() <= 255 && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [kSigns](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  kSigns.find(c) != std::string_view::npos;
         });
}

}  // namespace faultline
