#include "agent/config/environment_file.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace faultline::config {
namespace {

constexpr size_t kMaxVariables = 256;

}  // namespace

std::string Unquoted(std::string_view text) {
  const absl::string_view bare =
      absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size()));
  const bool quoted = bare.size() >= 2 && (bare.front() == '"' || bare.front() == '\'') &&
                      bare.back() == bare.front();
  return std::string(quoted ? bare.substr(1, bare.size() - 2) : bare);
}

std::map<std::string, std::string> ParseEnvironment(const std::string& text) {
  std::map<std::string, std::string> values;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "#") || absl::StartsWith(line, ";")) continue;
    absl::ConsumePrefix(&line, "export ");
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos || values.size() == kMaxVariables) continue;
    values[std::string(absl::StripAsciiWhitespace(line.substr(0, equals)))] =
        Unquoted({line.data() + equals + 1, line.size() - equals - 1});
  }
  return values;
}

}  // namespace faultline::config
