#include "agent/config/check_reader.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/config/keys.h"
#include "common/text.h"
#include "common/wire_limits.h"

namespace faultline::config {
namespace {

constexpr size_t kMaxListValues = 256;
constexpr size_t kMaxScalarBytes = 4096;

bool IsCommonField(const std::string& name) {
  static const auto& common = *new std::vector<std::string>(AgentKeys().In("checks[]"));
  return std::count(common.begin(), common.end(), name) > 0;
}

bool IsValue(const yaml::Node& node) {
  return node.is_scalar() && node.scalar.size() <= kMaxScalarBytes;
}

void ReadInterval(const yaml::Fields& fields, CheckConfig& check) {
  const std::optional<std::string> text = fields.Text("interval");
  if (!text || text->empty()) return;
  Span span;
  if (!ParseSpan(*text, &span) || span.ns == 0) {
    fields.Error("interval", absl::StrCat(yaml::Quoted(*text),
                                          " is not a duration; write 500ms, 2s, 5m or 1h"));
    return;
  }
  check.interval = span;
}

void ReadOption(const std::string& name, const yaml::Node& node, const yaml::Fields& fields,
                yaml::Errors& errors, CheckConfig& check) {
  OptionValue value;
  value.line = node.line;
  value.is_list = node.is_list();
  bool well_formed = IsValue(node);
  if (well_formed) value.values.push_back(node.scalar);
  if (value.is_list && node.items.size() <= kMaxListValues) {
    well_formed = std::all_of(node.items.begin(), node.items.end(), IsValue);
    for (const yaml::Node& each : node.items) value.values.push_back(each.scalar);
  }
  if (!well_formed) {
    errors.Add(node.line, fields.PathOf(CleanText(name, 80)),
               "must be one value or a list of at most 256 values, each at most 4096 bytes");
    return;
  }
  check.options.emplace(name, std::move(value));
}

// Absent when an error was noted.
std::optional<CheckConfig> ReadCheck(const yaml::Node& node, const std::string& path,
                                     yaml::Errors& errors) {
  if (!node.is_map()) {
    errors.Add(node.line, path, "must hold the fields kind and target");
    return std::nullopt;
  }
  const size_t errors_before = errors.count();
  // Which fields a kind has is for its declaration to say.
  std::vector<std::string> any;
  for (const auto& [name, value] : node.fields) any.push_back(name);
  const yaml::Fields fields(node, path, any, errors);
  CheckConfig check;
  check.line = node.line;
  check.place = path;
  check.id.kind = fields.RequiredText("kind");
  check.id.target = fields.RequiredText("target");
  check.id.name = fields.Text("name").value_or("");
  check.subject = fields.Text("subject").value_or("");
  ReadInterval(fields, check);
  for (const auto& [name, value] : node.fields) {
    if (!IsCommonField(name)) ReadOption(name, value, fields, errors, check);
  }
  if (errors.count() != errors_before) return std::nullopt;
  if (absl::Status valid = ValidateCheckId(check.id); !valid.ok()) {
    // Its text starts with the name of the part.
    errors.Add(check.line, "", absl::StrCat(path, ".", std::string(valid.message())));
    return std::nullopt;
  }
  return check;
}

}  // namespace

std::vector<CheckConfig> ReadChecks(const yaml::Node& list, yaml::Errors& errors) {
  std::vector<CheckConfig> checks;
  if (!list.is_list()) {
    errors.Add(list.line, "checks", "must be a list; start each check with \"- kind:\"");
    return checks;
  }
  if (list.items.size() > WireLimits::kMaxChecks) {
    errors.Add(list.line, "checks",
               absl::StrCat("holds ", list.items.size(), " checks; at most ",
                            WireLimits::kMaxChecks, " are allowed"));
    return checks;
  }
  std::map<CheckId, int> seen;
  for (size_t i = 0; i < list.items.size(); ++i) {
    std::optional<CheckConfig> check =
        ReadCheck(list.items[i], absl::StrCat("checks[", i, "]"), errors);
    if (!check) continue;
    const auto [first, is_new] = seen.emplace(check->id, check->line);
    if (!is_new) {
      errors.Add(check->line, check->place,
                 absl::StrCat(yaml::Quoted(check->id.ToString()), " stands on line ", first->second,
                              " already; remove one or give it a name: of its own"));
      continue;
    }
    checks.push_back(*std::move(check));
  }
  return checks;
}

}  // namespace faultline::config
