#include "agent/checks/log_patterns.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/log_pattern_sets.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr int64_t kMaxProgramBytes = 1 << 20;
constexpr int kWorstHarmlessPriority = 4;  // warning; err is 3
constexpr size_t kMaxExpressions = 64;
constexpr std::string_view kSetPrefix = "set:";

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

absl::Status LogPatterns::AddPattern(std::string name, const std::string& expression) {
  auto compiled = CompileOne(expression);
  if (!compiled.ok()) return compiled.status();
  absl::StrAppend(&joined_, joined_.empty() ? "" : "|", "(?:", expression, ")");
  patterns_.push_back({std::move(name), *std::move(compiled)});
  return absl::OkStatus();
}

absl::Status LogPatterns::AddIgnored(const std::string& expression) {
  auto compiled = CompileOne(expression);
  if (!compiled.ok()) return compiled.status();
  ignore_.push_back({"", *std::move(compiled)});
  return absl::OkStatus();
}

absl::Status LogPatterns::AddSet(std::string_view name) {
  const PatternSet* const set = FindPatternSet(name);
  if (set == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", CleanText(name, 64), "\" is no set of patterns; there are ", PatternSetNames()));
  }
  for (const BuiltInPattern& pattern : set->errors) {
    if (absl::Status added = AddPattern(pattern.name, pattern.expression); !added.ok()) {
      return added;
    }
  }
  for (const char* expression : set->harmless) {
    if (absl::Status added = AddIgnored(expression); !added.ok()) return added;
  }
  return absl::OkStatus();
}

void LogPatterns::Join() {
  if (patterns_.size() < 2) return;
  // Too large together: then each is tried by itself.
  if (auto joined = CompileOne(joined_); joined.ok()) any_ = *std::move(joined);
}

absl::StatusOr<std::unique_ptr<LogPatterns>> LogPatterns::Compile(
    const std::vector<std::string>& patterns, const std::vector<std::string>& ignore,
    std::string_view target) {
  if (patterns.size() + ignore.size() > kMaxExpressions) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kMaxExpressions, " expressions; join some with |"));
  }
  auto out = std::unique_ptr<LogPatterns>(new LogPatterns());
  absl::Status added;
  for (const std::string& expression : patterns) {
    if (expression == "default") {
      for (const std::string& set : PatternSetsFor(target)) added.Update(out->AddSet(set));
    } else if (expression.rfind(kSetPrefix, 0) == 0) {
      added.Update(out->AddSet(expression.substr(kSetPrefix.size())));
    } else {
      added.Update(out->AddPattern(CleanText(expression, 64), expression));
    }
  }
  for (const std::string& expression : ignore) added.Update(out->AddIgnored(expression));
  for (const char* expression : OwnTraces()) added.Update(out->AddIgnored(expression));
  if (!added.ok()) return added;
  out->Join();
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
  return name.empty() || IsIgnored(line) ? std::string_view() : name;
}

bool LogPatterns::IsIgnored(std::string_view line) const {
  return std::any_of(ignore_.begin(), ignore_.end(),
                     [&](const Named& named) { return Matches(line, *named.pattern); });
}

}  // namespace faultline::checks
