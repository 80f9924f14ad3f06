// The built-in expressions of error lines, in sets: one for what every program writes, one for each
// program of the stack. PURE data; taken from lines of the real programs
// (tests/agent/checks/data/log).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline::checks {

struct BuiltInPattern {
  const char* name;
  const char* expression;  // RE2
};

struct PatternSet {
  const char* name;
  std::vector<BuiltInPattern> errors;
  std::vector<const char*> harmless;  // lines that look like errors and are none
};

// nullptr when there is none.
const PatternSet* FindPatternSet(std::string_view name);
// "access, certbot, ...": for errors and documents.
std::string PatternSetNames();

// The names of the sets for a log, the more specific first: by the words in a unit's name or in a
// file's path ("nginx.service", "/var/log/mysql/error.log").
std::vector<std::string> PatternSetsFor(std::string_view target);

// What our own probes leave in the logs of the stack: never an error.
const std::vector<const char*>& OwnTraces();

}  // namespace faultline::checks
