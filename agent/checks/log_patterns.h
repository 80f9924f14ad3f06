// Which log lines are errors: regular expressions, by RE2 (linear time whatever the line).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace re2 {
class RE2;
}

namespace faultline::checks {

class LogPatterns {
 public:
  // `patterns`: regular expressions; "set:NAME" stands for a built-in set and "default" for those
  // that fit `target` (log_pattern_sets.h). `ignore`: lines that match one of these are no errors;
  // what our own probes leave never is. Errors name the expression and RE2's complaint.
  static absl::StatusOr<std::unique_ptr<LogPatterns>> Compile(
      const std::vector<std::string>& patterns, const std::vector<std::string>& ignore,
      std::string_view target = "");
  ~LogPatterns();

  // Name of the first pattern that matches; "" = no error. `priority`: syslog's, -1 = unknown: err
  // (3) and worse match as "priority" unless ignored.
  std::string_view Match(std::string_view line, int priority) const;
  bool IsIgnored(std::string_view line) const;

 private:
  struct Named {
    std::string name;
    std::unique_ptr<re2::RE2> pattern;
  };
  LogPatterns() = default;
  absl::Status AddPattern(std::string name, const std::string& expression);
  absl::Status AddIgnored(const std::string& expression);
  absl::Status AddSet(std::string_view name);
  void Join();

  std::vector<Named> patterns_;
  std::vector<Named> ignore_;
  // All of patterns_ in one: most lines are no errors and are done with after one pass.
  std::unique_ptr<re2::RE2> any_;
  std::string joined_;  // the text of any_
};

}  // namespace faultline::checks
