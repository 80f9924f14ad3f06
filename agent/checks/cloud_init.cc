#include "agent/checks/cloud_init.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "agent/checks/log_mask.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxErrors = 20;
constexpr size_t kMaxErrorText = 300;
constexpr size_t kMaxOutputLine = 300;
constexpr size_t kMaxRawLine = 4096;
constexpr double kMaxSeconds = 9e9;
constexpr const char* kStages[] = {"init-local", "init", "modules-config", "modules-final"};

// The library bounds the depth (100); the caller bounds the length.
absl::StatusOr<Struct> ParseV1(std::string_view json) {
  if (json.size() > kMaxCloudInitJson) return absl::InvalidArgumentError("is too large");
  Struct all;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &all);
  if (!parsed.ok()) return absl::InvalidArgumentError("is not JSON");
  const auto v1 = all.fields().find("v1");
  if (v1 == all.fields().end() || !v1->second.has_struct_value()) {
    return absl::InvalidArgumentError("is not in cloud-init's form (no v1)");
  }
  return v1->second.struct_value();
}

const Value* Find(const Struct& in, const char* name) {
  const auto found = in.fields().find(name);
  return found == in.fields().end() ? nullptr : &found->second;
}

WallTime TimeOf(const Struct& in, const char* name) {
  const Value* value = Find(in, name);
  if (value == nullptr || !value->has_number_value()) return {};
  const double seconds = value->number_value();
  if (!std::isfinite(seconds) || seconds <= 0 || seconds > kMaxSeconds) return {};
  return {static_cast<int64_t>(seconds * 1e9)};
}

void AddError(const std::string& stage, const std::string& text,
              std::vector<CloudInitError>* errors) {
  if (errors->size() >= kMaxErrors) return;
  const std::string bounded = text.substr(0, kMaxRawLine);
  errors->push_back({stage, CleanText(MaskSecrets(SimplifyError(bounded)), kMaxErrorText)});
}

void AddList(const std::string& stage, const Value* list, std::vector<CloudInitError>* errors) {
  if (list == nullptr || !list->has_list_value()) return;
  for (const Value& one : list->list_value().values()) {
    if (one.has_string_value()) AddError(stage, one.string_value(), errors);
  }
}

// {"WARNING": ["..."], "DEPRECATED": ["..."]}: what is only old-fashioned is no trouble.
void AddRecoverable(const std::string& stage, const Value* levels,
                    std::vector<CloudInitError>* errors) {
  if (levels == nullptr || !levels->has_struct_value()) return;
  for (const char* level : {"CRITICAL", "ERROR", "WARNING"}) {
    AddList(stage, Find(levels->struct_value(), level), errors);
  }
}

std::string Unquote(std::string text) {
  if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
      text.back() == text.front()) {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

}  // namespace

std::string SimplifyError(std::string_view error) {
  const std::string text(error);
  const size_t comma = text.find("', ");
  if (!absl::StartsWith(text, "('") || !absl::EndsWith(text, ")") || comma == std::string::npos) {
    return text;
  }
  const std::string module = text.substr(2, comma - 2);
  std::string rest = text.substr(comma + 3, text.size() - comma - 4);
  const size_t open = rest.find('(');
  if (open != std::string::npos && rest.back() == ')') {
    const std::string kind = rest.substr(0, open);
    std::string words = rest.substr(open + 1, rest.size() - open - 2);
    if (absl::EndsWith(words, ",")) words.pop_back();
    // RuntimeError says nothing; other names do.
    words = Unquote(words);
    if (words.empty()) {
      rest = kind;
    } else {
      rest = kind == "RuntimeError" ? words : absl::StrCat(kind, ": ", words);
    }
  }
  return absl::StrCat(module, ": ", absl::StrReplaceAll(rest, {{"\\n", " "}}));
}

absl::StatusOr<CloudInitStatus> ParseCloudInitStatus(std::string_view json) {
  const absl::StatusOr<Struct> v1 = ParseV1(json);
  if (!v1.ok()) return v1.status();
  CloudInitStatus status;
  if (const Value* stage = Find(*v1, "stage"); stage != nullptr && stage->has_string_value()) {
    status.stage = CleanText(stage->string_value(), 64);
  }
  for (const char* name : kStages) {
    const Value* stage = Find(*v1, name);
    if (stage == nullptr || !stage->has_struct_value()) continue;
    const Struct& fields = stage->struct_value();
    const WallTime began = TimeOf(fields, "start");
    if (began.ns != 0 && (status.started.ns == 0 || began < status.started)) {
      status.started = began;
    }
    if (name == kStages[std::size(kStages) - 1]) status.finished = TimeOf(fields, "finished");
    AddList(name, Find(fields, "errors"), &status.errors);
    AddRecoverable(name, Find(fields, "recoverable_errors"), &status.recoverable);
  }
  return status;
}

absl::StatusOr<CloudInitStatus> ParseCloudInitResult(std::string_view json) {
  const absl::StatusOr<Struct> v1 = ParseV1(json);
  if (!v1.ok()) return v1.status();
  CloudInitStatus status;
  AddList("", Find(*v1, "errors"), &status.errors);
  AddRecoverable("", Find(*v1, "recoverable_errors"), &status.recoverable);
  return status;
}

std::vector<std::string> LastOutputLines(std::string_view tail, size_t max) {
  std::vector<std::string> lines;
  const std::vector<absl::string_view> all =
      absl::StrSplit(absl::string_view(tail.data(), tail.size()), absl::ByAnyChar("\n\r"));
  for (auto line = all.rbegin(); line != all.rend() && lines.size() < max; ++line) {
    const absl::string_view text = absl::StripAsciiWhitespace(*line).substr(0, kMaxRawLine);
    // cloud-init's own last word, and rules drawn with dashes, explain nothing.
    if (text.find_first_not_of("-=*#. ") == absl::string_view::npos) continue;
    if (absl::StrContains(text, "finished at ") && absl::StrContains(text, "Datasource")) continue;
    lines.push_back(CleanText(MaskSecrets({text.data(), text.size()}), kMaxOutputLine));
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

}  // namespace faultline::checks
