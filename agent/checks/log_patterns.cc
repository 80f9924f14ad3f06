#include "agent/checks/log_patterns.h"

#include <re2/re2.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr int64_t kMaxProgramBytes = 1 << 20;
constexpr int kWorstHarmlessPriority = 4;  // warning; err is 3
constexpr size_t kMaxExpressions = 64;

struct BuiltIn {
  const char* name;
  const char* expression;
};

constexpr BuiltIn kBuiltIn[] = {
    // ERROR, [ERROR] (MySQL, gunicorn), |CRITICAL|, FATAL: (PostgreSQL); a whole upper-case word
    {"level",
     R"((?:^|[\s\[(|:<"])(?:ERROR|CRITICAL|FATAL|EMERG|EMERGENCY|ALERT|PANIC|SEVERE)(?:[\s\])|:>,"]|$))"},
    // nginx and Apache: [error], [crit], [core:error]
    {"bracketed_level", R"(\[(?:[a-z_]+:)?(?:error|crit|alert|emerg|fatal)\])"},
    // level=error, "severity": "fatal"
    {"level_field",
     R"((?i)\b(?:level|lvl|severity|levelname)["']?\s*[=:]\s*["']?(?:error|err|critical|crit|fatal|alert|emerg|panic)\b)"},
    {"traceback", R"(Traceback \(most recent call last\))"},
    // sqlalchemy.exc.OperationalError: (2003, "Can't connect ...")
    {"exception", R"((?:^|\s)(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::\s|$))"},
    {"error_prefix", R"((?:^|\s)(?:[Ee]rror|[Ff]atal|[Ff]atal error):\s)"},
    {"crash",
     R"((?i)\bsegmentation fault\b|\bsegfault at\b|\bcore dumped\b|\bout of memory\b|\boom-kill)"},
};

absl::StatusOr<std::unique_ptr<RE2>> CompileOne(const std::string& expression) {
  if (expression.empty()) {
    return absl::InvalidArgumentError("an empty expression matches every line; remove it");
  }
  RE2::Options options(RE2::Latin1);  // bytes: a line need not be UTF-8
  options.set_max_mem(kMaxProgramBytes);
  options.set_log_errors(false);
  auto compiled = std::make_unique<RE2>(expression, options);
  if (!compiled->ok()) {
    return absl::InvalidArgumentError(absl::StrCat("\"", CleanText(expression, 200),
                                                   "\" is no RE2 expression: ", compiled->error()));
  }
  return compiled;
}

bool Matches(std::string_view line, const RE2& expression) {
  return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), expression);
}

}  // namespace

LogPatterns::~LogPatterns() = default;

absl::StatusOr<std::unique_ptr<LogPatterns>> LogPatterns::Compile(
    const std::vector<std::string>& patterns, const std::vector<std::string>& ignore) {
  if (patterns.size() + ignore.size() > kMaxExpressions) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kMaxExpressions, " expressions; join some with |"));
  }
  auto out = std::unique_ptr<LogPatterns>(new LogPatterns());
  std::string any;
  const auto add = [&](std::string name, const std::string& expression,
                       std::vector<Named>* to) -> absl::Status {
    auto compiled = CompileOne(expression);
    if (!compiled.ok()) return compiled.status();
    to->push_back({std::move(name), *std::move(compiled)});
    return absl::OkStatus();
  };
  const auto add_pattern = [&](std::string name, const std::string& expression) {
    absl::StrAppend(&any, any.empty() ? "" : "|", "(?:", expression, ")");
    return add(std::move(name), expression, &out->patterns_);
  };
  for (const std::string& expression : patterns) {
    if (expression != "default") {
      absl::Status added = add_pattern(CleanText(expression, 64), expression);
      if (!added.ok()) return added;
      continue;
    }
    for (const BuiltIn& built_in : kBuiltIn) {
      absl::Status added = add_pattern(built_in.name, built_in.expression);
      if (!added.ok()) return added;
    }
  }
  for (const std::string& expression : ignore) {
    absl::Status added = add("", expression, &out->ignore_);
    if (!added.ok()) return added;
  }
  if (out->patterns_.size() > 1) {
    // Too large together: then each is tried by itself.
    if (auto joined = CompileOne(any); joined.ok()) out->any_ = *std::move(joined);
  }
  return out;
}

std::string_view LogPatterns::Match(std::string_view line, int priority) const {
  std::string_view name;
  if (any_ == nullptr || Matches(line, *any_)) {
    for (const Named& named : patterns_) {
      if (!Matches(line, *named.pattern)) continue;
      name = named.name;
      break;
    }
  }
  if (name.empty() && priority >= 0 && priority < kWorstHarmlessPriority) name = "priority";
  if (name.empty()) return name;
  for (const Named& named : ignore_) {
    if (Matches(line, *named.pattern)) return {};
  }
  return name;
}

}  // namespace faultline::checks
