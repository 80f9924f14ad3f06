// "Is this word one of these?"
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace faultline::checks {

inline bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace faultline::checks
