#include "agent/config/config.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/config/check_reader.h"
#include "agent/config/collector_reader.h"
#include "agent/config/facts.h"
#include "agent/config/keys.h"
#include "agent/config/nearest.h"
#include "agent/config/roles.h"
#include "common/yaml/node.h"
#include "common/yaml/reader.h"

namespace faultline::config {
namespace {

using yaml::Errors;
using yaml::Fields;
using yaml::Quoted;

void ReadCloud(const Fields& root, AgentConfig& config) {
  config.cloud = root.Text("cloud").value_or(config.cloud);
  if (config.cloud == "auto" || config.cloud == "none") return;
  root.Error("cloud", absl::StrCat(Quoted(config.cloud),
                                   " is not known; write auto (says which EC2 instance this host "
                                   "is, where it is one) or none"));
}

void ReadRole(const Fields& root, const ParseOptions& options, AgentConfig& config) {
  config.role = root.Text("role").value_or("");
  const bool of_file = options.role.empty();
  if (!of_file) config.role = options.role;
  const Facts facts = ReadFacts(root, options.root);
  if (config.role.empty()) return;
  const Role* role = FindRole(config.role);
  if (role == nullptr) {
    root.Error("role", absl::StrCat(Quoted(config.role), " is not a role",
                                    Suggestion(config.role, RoleNames())));
    return;
  }
  const yaml::Node* node = root.Find("role");
  RoleChecks brought = ExpandRole(*role, facts, node == nullptr ? 1 : node->line);
  config.checks = std::move(brought.checks);
  config.notes = facts.notes;
  config.notes.insert(config.notes.end(), brought.notes.begin(), brought.notes.end());
}

// Takes away what the role brought and this host does not want.
void ReadDisable(const Fields& root, Errors& errors, AgentConfig& config) {
  const yaml::Node* list = root.Find("disable");
  if (list == nullptr || list->is_null()) return;
  if (!list->is_list()) {
    root.Error("disable", "must be a list of checks of the role, like [\"ping:10.0.2.10\"]");
    return;
  }
  std::vector<std::string> known;
  for (const CheckConfig& check : config.checks) known.push_back(check.id.ToString());
  for (size_t i = 0; i < list->items.size(); ++i) {
    const std::string& id = list->items[i].scalar;
    if (std::find(known.begin(), known.end(), id) == known.end()) {
      errors.Add(list->items[i].line, absl::StrCat("disable[", i, "]"),
                 config.role.empty() ? "disables a check of the role, and no role is named"
                                     : absl::StrCat(Quoted(id), " is not a check of role ",
                                                    config.role, Suggestion(id, known)));
    }
    std::erase_if(config.checks, [&](const auto& check) { return check.id.ToString() == id; });
  }
}

void ReadOwnChecks(const Fields& root, Errors& errors, AgentConfig& config) {
  const yaml::Node* list = root.Find("checks");
  const bool empty = list == nullptr || list->is_null() || (list->is_list() && list->items.empty());
  if (empty && config.role.empty()) {
    // An agent without checks watches nothing: more likely a file that was cut off.
    root.Error("checks",
               "is missing or empty; write at least one, like \"- {kind: unit, target: "
               "mysql.service}\", or name a role");
  }
  if (empty) return;
  for (CheckConfig& check : ReadChecks(*list, errors)) {
    std::erase_if(config.checks, [&](const auto& other) { return other.id == check.id; });
    config.checks.push_back(std::move(check));
  }
}

}  // namespace

bool SameCheck(const CheckConfig& a, const CheckConfig& b) {
  const auto same_option = [](const auto& left, const auto& right) {
    return left.first == right.first && left.second.is_list == right.second.is_list &&
           left.second.values == right.second.values;
  };
  return a.id == b.id && a.subject == b.subject && a.interval == b.interval &&
         std::equal(a.options.begin(), a.options.end(), b.options.begin(), b.options.end(),
                    same_option);
}

absl::StatusOr<AgentConfig> ParseAgentConfig(const std::string& text, const std::string& file,
                                             const ParseOptions& options) {
  const absl::StatusOr<yaml::Node> root = yaml::Parse(text, file);
  if (!root.ok()) return root.status();
  Errors errors(file);
  if (root->is_null()) {
    errors.Add(1, "", "is empty; its keys: faultline-agent explain agent.yaml");
    return errors.status();
  }
  if (!root->is_map()) {
    errors.Add(1, "",
               "must hold fields like \"collector:\" and \"checks:\"; its keys: faultline-agent "
               "explain agent.yaml");
    return errors.status();
  }
  const Fields fields(*root, "", AgentKeys().In(""), errors);
  AgentConfig config;
  config.file = file;
  ReadCollector(fields, options, config);
  config.state_dir = fields.Text("state_dir").value_or(kDefaultStateDir);
  ReadCloud(fields, config);
  ReadRole(fields, options, config);
  ReadDisable(fields, errors, config);
  ReadOwnChecks(fields, errors, config);
  if (!errors.empty()) return errors.status();
  if (config.checks.empty()) {
    std::string why = absl::StrCat(file, ": nothing is left to watch");
    for (const std::string& note : config.notes) absl::StrAppend(&why, "\n", note);
    return absl::InvalidArgumentError(why);
  }
  return config;
}

absl::StatusOr<AgentConfig> LoadAgentConfig(const std::string& file, const ParseOptions& options) {
  const absl::StatusOr<std::string> text = yaml::ReadFile(file);
  if (!text.ok()) return text.status();
  return ParseAgentConfig(*text, file, options);
}

}  // namespace faultline::config
