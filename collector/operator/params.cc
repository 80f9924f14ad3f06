#include "collector/operator/params.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/text.h"

namespace faultline::operator_api {
namespace {

constexpr size_t kMaxValueBytes = 512;

template <typename Value>
using Names = std::initializer_list<std::pair<const char*, Value>>;

// The values of a comma-separated list of names, with or without the enum's prefix "STATE_".
template <typename Value>
absl::StatusOr<std::vector<Value>> ParseNames(const char* filter, const std::string& text,
                                              Names<Value> names) {
  std::vector<Value> values;
  if (text.empty()) return values;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    std::string name = absl::AsciiStrToLower(part);
    if (name.rfind("state_", 0) == 0) name = name.substr(6);
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& entry) { return name == entry.first; });
    if (found == names.end()) {
      std::vector<std::string> known;
      for (const auto& entry : names) known.push_back(entry.first);
      return absl::InvalidArgumentError(absl::StrCat(filter, ": '", CleanText(part, 64),
                                                     "' is none of ", absl::StrJoin(known, ", ")));
    }
    values.push_back(found->second);
  }
  return values;
}

}  // namespace

absl::StatusOr<Filters> Filters::Parse(const Params& params,
                                       std::initializer_list<std::string_view> known) {
  Filters filters;
  for (const auto& [name, value] : params) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string takes =
          known.size() == 0
              ? "this call takes none"
              : absl::StrCat("this call takes ",
                             absl::StrJoin(known, ", ", [](std::string* out, std::string_view s) {
                               out->append(s);
                             }));
      return absl::InvalidArgumentError(
          absl::StrCat("unknown filter '", CleanText(name, 64), "': ", takes));
    }
    if (!filters.Text(name).empty()) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": given more than once"));
    }
    if (value.size() > kMaxValueBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": longer than ", kMaxValueBytes, " bytes"));
    }
    if (!value.empty()) filters.values_.emplace_back(name, value);
  }
  return filters;
}

const std::string& Filters::Text(std::string_view name) const {
  static const std::string& none = *new std::string;
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == values_.end() ? none : found->second;
}

bool Filters::Matches(const StackId& stack) const {
  const std::string& name = Text("stack");
  const std::string& env = Text("env");
  return (name.empty() || name == stack.stack) && (env.empty() || env == stack.env);
}

absl::StatusOr<std::vector<State>> Filters::CheckStates() const {
  return ParseNames<State>("state", Text("state"),
                           {{"ok", State::kOk},
                            {"warning", State::kWarning},
                            {"critical", State::kCritical},
                            {"unknown", State::kUnknown},
                            {"unspecified", State::kUnspecified}});
}

absl::StatusOr<std::vector<rules::AlertState>> Filters::AlertStates() const {
  return ParseNames<rules::AlertState>("state", Text("state"),
                                       {{"pending", rules::AlertState::kPending},
                                        {"firing", rules::AlertState::kFiring},
                                        {"resolved", rules::AlertState::kResolved},
                                        {"withdrawn", rules::AlertState::kWithdrawn}});
}

absl::StatusOr<std::optional<incidents::IncidentState>> Filters::IncidentState() const {
  auto states =
      ParseNames<incidents::IncidentState>("state", Text("state"),
                                           {{"open", incidents::IncidentState::kOpen},
                                            {"resolved", incidents::IncidentState::kResolved}});
  if (!states.ok()) return states.status();
  // Both together are no filter.
  if (states->empty() ||
      std::adjacent_find(states->begin(), states->end(), std::not_equal_to<>()) != states->end()) {
    return std::optional<incidents::IncidentState>();
  }
  return std::optional<incidents::IncidentState>(states->front());
}

absl::StatusOr<size_t> Filters::Limit(size_t fallback, size_t most) const {
  const std::string& text = Text("limit");
  if (text.empty()) return fallback;
  uint64_t limit = 0;
  if (text.find_first_not_of("0123456789") != std::string::npos ||
      !absl::SimpleAtoi(text, &limit) || limit < 1 || limit > most) {
    return absl::InvalidArgumentError(
        absl::StrCat("limit: '", CleanText(text, 64), "' is not a number from 1 to ", most));
  }
  return static_cast<size_t>(limit);
}

}  // namespace faultline::operator_api
