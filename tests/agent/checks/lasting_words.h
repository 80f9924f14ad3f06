// Finds words in a check's text that are wrong when somebody reads them later.
#pragma once

#include <string>

namespace faultline::checks {

// The first such words, "" where there are none. A limit ("within 5s", "says nothing for 3s") stays
// true; how long something has lasted, or will last, does not.
inline std::string RelativeTimeIn(const std::string& text) {
  for (const char* words : {" ago", ", next ", "expires in ", "full in ", "restarts it in ",
                            "running for ", "yet, for ", "answered for "}) {
    if (text.find(words) != std::string::npos) return words;
  }
  return "";
}

}  // namespace faultline::checks
