// Which log lines are errors: regular expressions, by RE2 (linear time whatever the line).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace re2 {
class RE2;
}

namespace faultline::checks {

class LogPatterns {
 public:
  // `patterns`: regular expressions; "default" stands for the built-in set. `ignore`: lines that
  // match one of these are no errors. Errors name the expression and RE2's complaint.
  static absl::StatusOr<std::unique_ptr<LogPatterns>> Compile(
      const std::vector<std::string>& patterns, const std::vector<std::string>& ignore);
  ~LogPatterns();

  // Name of the first pattern that matches; "" = no error. `priority`: syslog's, -1 = unknown: err
  // (3) and worse match as "priority" unless ignored.
  std::string_view Match(std::string_view line, int priority) const;

 private:
  struct Named {
    std::string name;
    std::unique_ptr<re2::RE2> pattern;
  };
  LogPatterns() = default;

  std::vector<Named> patterns_;
  std::vector<Named> ignore_;
  // All of patterns_ in one: most lines are no errors and are done with after one pass.
  std::unique_ptr<re2::RE2> any_;
};

}  // namespace faultline::checks
