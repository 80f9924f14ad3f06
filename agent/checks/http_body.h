// What the body of an error answer tells: PURE. Bodies come from outside; what is returned is
// bounded, printable and without the secrets that log_mask.h knows.
#pragma once

#include <optional>
#include <string>

namespace faultline::checks {

// One line of at most 300 bytes: a page's <title> where there is one, else the text with its blanks
// joined. Empty when there is nothing to show.
std::string BodySnippet(const std::string& body);

struct AppError {
  int number = 0;    // 2003, 1045, ...: MySQL's client and server error numbers
  std::string text;  // at most 300 bytes, may be empty
};

// A database's error number (1000 to 9999) that a JSON body reports, as {"errno": 2003, "error":
// "..."} or {"error": {"number": 2003, "text": "..."}}.
std::optional<AppError> DatabaseErrorOf(const std::string& body);

}  // namespace faultline::checks
