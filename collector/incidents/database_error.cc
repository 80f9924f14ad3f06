#include "collector/incidents/database_error.h"

#include <cstddef>

#include "absl/strings/numbers.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxLooked = 1024;

struct Meaning {
  int number;
  const char* words;
};

// MySQL 8.0 Error Message Reference and MariaDB's error codes: 1000 to 1999 of the server, 2000 to
// 2999 of the client library.
constexpr Meaning kMeanings[] = {
    {1040, "its database has no connection left"},
    {1044, "the application may not use its database"},
    {1045, "the application may not log in to its database"},
    {1049, "the application's database does not exist"},
    {1053, "its database is shutting down"},
    {1129, "its database has locked this host out"},
    {1130, "its database does not let this host in"},
    {1142, "the application lacks a right in its database"},
    {1146, "a table of its database is missing"},
    {1203, "its database has no connection left for the application's user"},
    {1205, "its database waits for locks"},
    {1213, "its database is in a deadlock"},
    {1226, "the application's user has used up a limit of its database"},
    {1290, "its database is read-only"},
    {1698, "the application may not log in to its database"},
    {1792, "its database is read-only"},
    {1836, "its database is read-only"},
    {2002, "the application cannot connect to its database"},
    {2003, "the application cannot connect to its database"},
    {2005, "the application cannot resolve its database's name"},
    {2006, "the application's connection to its database was lost"},
    {2013, "the application's connection to its database was lost"},
    {2026, "the application and its database do not agree on TLS"},
};

const Meaning* FindMeaning(int number) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.number == number) return &meaning;
  }
  return nullptr;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "(1045," "[2002]" "ERROR 2003 (" "error: 1045 Access".
bool IsInPlace(std::string_view before, std::string_view after) {
  const bool ends = after.empty() || after[0] == ',' || after[0] == ' ' || after[0] == ')' ||
                    after[0] == ']' || after[0] == ':';
  if (!ends || before.empty()) return false;
  if (before.back() == '(' || before.back() == '[') return true;
  return before.ends_with("rror ") || before.ends_with("rror: ") || before.ends_with("ERROR ");
}

}  // namespace

std::optional<int> DatabaseErrorIn(std::string_view line) {
  line = line.substr(0, kMaxLooked);
  for (size_t i = 0; i + 4 <= line.size(); ++i) {
    if (!IsDigit(line[i])) continue;
    size_t end = i;
    while (end < line.size() && IsDigit(line[end])) ++end;
    int number = 0;
    if (end - i == 4 && absl::SimpleAtoi(std::string(line.substr(i, 4)), &number) &&
        FindMeaning(number) != nullptr && IsInPlace(line.substr(0, i), line.substr(end))) {
      return number;
    }
    i = end;
  }
  return std::nullopt;
}

std::string DatabaseErrorInWords(int number) {
  const Meaning* meaning = FindMeaning(number);
  return meaning == nullptr ? "" : meaning->words;
}

}  // namespace faultline::incidents
