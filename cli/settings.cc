#include "cli/settings.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/terminal_text.h"

namespace faultline::cli {
namespace {

constexpr char kDefaultCollector[] = "http://127.0.0.1:7480";

absl::StatusOr<std::string> CollectorUrl(std::string url, const char* from) {
  const auto wrong = [&](const char* why) {
    return absl::InvalidArgumentError(
        absl::StrCat(from, " ", why, "; give it as http://HOST:PORT"));
  };
  if (!absl::StrContains(url, "://")) url = absl::StrCat("http://", url);
  if (!absl::StartsWith(url, "http://") && !absl::StartsWith(url, "https://")) {
    return wrong("is no http or https address");
  }
  const size_t host_at = url.find("://") + 3;
  while (url.size() > host_at && url.back() == '/') url.pop_back();
  const std::string_view rest = std::string_view(url).substr(host_at);
  // Checked before anything is quoted: what stands before an @ may be a password.
  if (rest.find('@') != rest.npos) return wrong("may not hold a user or password");
  if (rest.empty() || rest.front() == ':' || rest.size() > 1024) return wrong("names no host");
  for (const char c : rest) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == '?' || c == '#') {
      return wrong("holds a character that no address has");
    }
  }
  return url;
}

}  // namespace

absl::StatusOr<Settings> MakeSettings(const std::map<std::string, std::string>& options,
                                      const Surroundings& surroundings) {
  const auto option = [&](const char* name) -> std::string {
    const auto found = options.find(name);
    return found == options.end() ? "" : found->second;
  };
  Settings settings;

  const char* from = "--collector";
  std::string url = option("--collector");
  if (options.count("--collector") == 0) {
    from = "$FAULTLINE_COLLECTOR";
    url = surroundings.variable("FAULTLINE_COLLECTOR").value_or("");
    if (url.empty()) url = kDefaultCollector;
  }
  absl::StatusOr<std::string> collector = CollectorUrl(std::move(url), from);
  if (!collector.ok()) return collector.status();
  settings.collector = *collector;

  const std::string output = option("--output");
  if (output == "json") settings.output = Output::kJson;
  if (output == "wide") settings.output = Output::kWide;

  const std::string color = option("--color");
  // no-color.org: set to anything but nothing.
  const bool refused = !surroundings.variable("NO_COLOR").value_or("").empty() ||
                       surroundings.variable("TERM").value_or("") == "dumb";
  settings.color =
      color == "always" || (color != "never" && surroundings.output_is_terminal && !refused);

  for (const std::string& file :
       {option("--operator-key-file"),
        surroundings.variable("FAULTLINE_OPERATOR_KEY_FILE").value_or("")}) {
    if (file.empty()) continue;
    settings.operator_key_file = file;
    break;
  }

  settings.filter = {option("--stack"), option("--env")};

  if (options.count("--timeout") > 0) {
    const std::string text = option("--timeout");
    if (!ParseSpan(text, &settings.timeout) || settings.timeout < Span::Millis(1) ||
        settings.timeout > Span::Seconds(3600)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--timeout is a time from 1ms to 1h, such as 500ms or 10s, not '",
                       TerminalText(text, 100), "'"));
    }
  }
  return settings;
}

}  // namespace faultline::cli
