// Declaration of the check `log`.
#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/log_pattern_sets.h"
#include "agent/checks/log_watch.h"
#include "agent/checks/registry.h"
#include "agent/host/position_file.h"
#include "common/unit_name.h"

namespace faultline::checks {

const CheckKind& LogCheckKind();

namespace {

bool IsUnitWithJournal(const std::string& target) {
  const auto suffixes = {".service", ".socket", ".timer", ".scope", ".mount", ".slice"};
  return IsUnitName(target) && std::any_of(suffixes.begin(), suffixes.end(), [&](const char* each) {
           return absl::EndsWith(target, each);
         });
}

absl::StatusOr<std::unique_ptr<LogPatterns>> PatternsOf(const config::CheckConfig& check) {
  return LogPatterns::Compile(StringListOption(check, LogCheckKind(), "patterns"),
                              StringListOption(check, LogCheckKind(), "ignore"), check.id.target);
}

absl::Status ValidateLog(const config::CheckConfig& check) {
  const std::string& target = check.id.target;
  if (target.empty() || (target[0] != '/' && !IsUnitWithJournal(target)) || target == "/") {
    return absl::InvalidArgumentError(
        absl::StrCat("target: \"", target,
                     "\" is neither a unit nor an absolute path; write mysql.service or "
                     "/var/log/nginx/error.log"));
  }
  if (const auto patterns = PatternsOf(check); !patterns.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("patterns: ", std::string(patterns.status().message())));
  }
  return absl::OkStatus();
}

std::unique_ptr<Check> MakeLogCheck(const config::CheckConfig& check, const CheckContext& context) {
  LogOptions options;
  options.target = check.id.target;
  options.journal = context.journal;
  options.quiet = DurationOption(check, LogCheckKind(), "quiet");
  options.position_file = host::PositionPath(context.state_dir, "log", check.id.ToString());
  auto patterns = PatternsOf(check);
  // ValidateLog has compiled them; without validation the built-in ones must do.
  if (!patterns.ok()) patterns = LogPatterns::Compile({"default"}, {}, check.id.target);
  return std::make_unique<LogWatch>(std::move(options), *std::move(patterns), context);
}

CheckKind DeclareLog() {
  CheckKind kind;
  kind.kind = "log";
  kind.help =
      "Error lines in a unit's journal or in a log file. Lines of one kind are counted together; "
      "secrets are masked on the host.";
  kind.target_help =
      "a unit, whose journal is read, or an absolute path, as in mysql.service or "
      "/var/log/nginx/error.log";
  kind.rights =
      "Group systemd-journal for the journal, the file's group (often adm) for a file. Without: "
      "UNKNOWN, RIGHT_MISSING.";
  kind.needs = {
      {.type = Right::Type::kGroup,
       .name = "systemd-journal",
       .without = "cannot read the journal",
       .needed_by = [](const config::CheckConfig& check) { return check.id.target[0] != '/'; }}};
  kind.options = {
      {.name = "patterns",
       .type = OptionType::kStringList,
       .default_value = "[default]",
       .help =
           "RE2 expressions of error lines. \"default\" stands for the built-in sets that fit the "
           "target's name (nginx, mysql, flask, certbot, cloud-init, ...; an access log: status "
           "5xx), \"set:NAME\" for one of " +
           PatternSetNames() + ". Lines of priority err and worse count always."},
      {.name = "ignore",
       .type = OptionType::kStringList,
       .help = "RE2 expressions of lines that are no errors."},
      {.name = "quiet",
       .type = OptionType::kDuration,
       .default_value = "60s",
       .help = "How long after the last error line the check is OK again (1s to 1d).",
       .min = Span::Seconds(1).ns,
       .max = Span::Seconds(86400).ns}};
  kind.reasons = {
      {"ERROR_SEEN", "WARNING: error lines within `quiet`."},
      {"ERROR_BURST", "WARNING: 20 or more error lines in 10 s."},
      {"LOG_GAP",
       "WARNING: lines may be missing: the log was rotated away past our position, or was written "
       "faster than it can be read; the text says how much."},
      {"LOG_UNREADABLE", "UNKNOWN: there is no journal or no such file; watched for."},
      {"RIGHT_MISSING", "UNKNOWN: may not read it; the text says which group is missing."},
      {"UNIT_NOT_FOUND", "UNKNOWN: systemd knows no such unit."}};
  kind.gauges = {
      {"log_error_lines", "Error lines within the check's option `quiet`."},
      {"log_last_line_timestamp_seconds",
       "When the log's newest line came, whatever it says, in seconds since 1970, at most 30 s "
       "behind; absent until the first since the agent's start."}};
  kind.validate = &ValidateLog;
  kind.make = &MakeLogCheck;
  return kind;
}

}  // namespace

const CheckKind& LogCheckKind() {
  static const CheckKind kKind = DeclareLog();
  return kKind;
}

}  // namespace faultline::checks
