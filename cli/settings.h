// What the global options come to.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::cli {

enum class Output { kText, kWide, kJson };

// One stack, one environment, or (empty) all of them.
struct StackFilter {
  std::string stack;
  std::string env;

  bool empty() const { return stack.empty() && env.empty(); }
  // `ref` is a v1::StackRef or a StackId-like message.
  template <typename Ref>
  bool Matches(const Ref& ref) const {
    return (stack.empty() || ref.stack() == stack) && (env.empty() || ref.env() == env);
  }
};

struct Settings {
  std::string collector;  // "http://127.0.0.1:7480", without a slash at the end
  Output output = Output::kText;
  bool color = false;
  StackFilter filter;
  Span timeout = Span::Seconds(10);
  std::string operator_key_file = "/var/lib/faultline/collector/operator.key";
};

// The process's surroundings, as data.
struct Surroundings {
  // The variable's value, nothing when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  bool output_is_terminal = false;
};

// From options by name ("--collector"). INVALID_ARGUMENT says which option is wrong and what to
// give instead.
absl::StatusOr<Settings> MakeSettings(const std::map<std::string, std::string>& options,
                                      const Surroundings& surroundings);

}  // namespace faultline::cli
