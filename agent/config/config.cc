#include "agent/config/config.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/config/check_reader.h"
#include "agent/config/collector_reader.h"
#include "agent/config/facts.h"
#include "agent/config/keys.h"
#include "agent/config/role_checks.h"
#include "agent/config/roles.h"
#include "common/identity.h"
#include "common/suggestion.h"
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

// `role: db`, `role: [db, collector]`, and a list in one word as `--role db,collector` has it.
std::vector<std::string> ReadRoleNames(const Fields& root, const ParseOptions& options) {
  if (!options.role.empty()) return RolesIn(options.role);
  const yaml::Node* node = root.Find("role");
  if (node == nullptr) return {};
  if (node->is_scalar()) return RolesIn(root.Text("role").value_or(""));
  std::vector<std::string> names;
  for (const yaml::Node& item : node->items) {
    if (item.is_scalar()) names.push_back(item.scalar);
  }
  if (names.empty() || names.size() != node->items.size()) {
    root.Error("role",
               "must be a role or a list of roles, like [db, collector]; remove it where "
               "the host has none");
  }
  return names;
}

std::vector<const Role*> FindRoles(const Fields& root, const std::vector<std::string>& names) {
  std::vector<const Role*> roles;
  for (const std::string& name : names) {
    const Role* role = FindRole(name);
    if (role == nullptr) {
      root.Error("role",
                 absl::StrCat(Quoted(name), " is not a role", Suggestion(name, RoleNames())));
    } else if (std::count(roles.begin(), roles.end(), role) > 0) {
      root.Error("role", absl::StrCat(name, " stands there twice"));
    } else {
      roles.push_back(role);
    }
  }
  return roles;
}

// Takes away what the roles brought and this host does not want.
void ReadDisable(const Fields& root, const std::string& role, Errors& errors, RoleChecks& brought) {
  const yaml::Node* list = root.Find("disable");
  if (list == nullptr || list->is_null()) return;
  if (!list->is_list()) {
    root.Error("disable", "must be a list of checks of the role, like [\"ping:10.0.2.10\"]");
    return;
  }
  std::vector<std::string> known;
  for (const BroughtCheck& each : brought.checks) known.push_back(each.check.id.ToString());
  for (const LeftOutCheck& each : brought.left_out) {
    if (each.id.find('{') == std::string::npos) known.push_back(each.id);
  }
  for (size_t i = 0; i < list->items.size(); ++i) {
    const std::string& id = list->items[i].scalar;
    if (Disable(brought, id)) continue;
    errors.Add(list->items[i].line, absl::StrCat("disable[", i, "]"),
               role.empty() ? "disables a check of the role, and no role is named"
                            : absl::StrCat(Quoted(id), " is not a check of role ", role,
                                           Suggestion(id, known)));
  }
}

// Whether a check of the roles has facts of this section ("site").
bool Need(const std::vector<const Role*>& roles, const std::string& section) {
  const std::string name = absl::StrCat("{", section, ".");
  return std::any_of(roles.begin(), roles.end(), [&](const Role* role) {
    return std::any_of(role->checks.begin(), role->checks.end(), [&](const RoleCheck& check) {
      return check.target.find(name) != std::string::npos;
    });
  });
}

void ReadRole(const Fields& root, const ParseOptions& options, Errors& errors,
              AgentConfig& config) {
  const std::vector<std::string> names = ReadRoleNames(root, options);
  config.role = RoleList(names);
  const Facts facts = ReadFacts(root, options.root);
  const std::vector<const Role*> roles = FindRoles(root, names);
  if (roles.size() != names.size()) return;  // what follows would be wrong for that reason alone
  const yaml::Node* node = root.Find("role");
  RoleChecks brought = ExpandRoles(roles, facts, node == nullptr ? 1 : node->line);
  ReadDisable(root, config.role, errors, brought);
  for (BroughtCheck& each : brought.checks) config.checks.push_back(std::move(each.check));
  for (const LeftOutCheck& each : brought.left_out) config.absent.push_back(each.absent);
  for (const std::string& note : facts.notes) {
    if (Need(roles, note.substr(0, note.find('.')))) config.notes.push_back(note);
  }
  const std::vector<std::string> notes = NotesOf(brought);
  config.notes.insert(config.notes.end(), notes.begin(), notes.end());
}

void ReadOwnChecks(const Fields& root, Errors& errors, AgentConfig& config) {
  const yaml::Node* list = root.Find("checks");
  const bool empty = list == nullptr || list->is_null() || (list->is_list() && list->items.empty());
  if (empty && config.role.empty() && root.Find("role") == nullptr) {
    // An agent without checks watches nothing: more likely a file that was cut off.
    root.Error("checks",
               "is missing or empty; write at least one, like \"- {kind: unit, target: "
               "mysql.service}\", or name a role, like \"role: host\"");
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
  config.state_dir = fields.Path("state_dir").value_or(kDefaultStateDir);
  ReadCloud(fields, config);
  ReadRole(fields, options, errors, config);
  ReadOwnChecks(fields, errors, config);
  if (options.judge_checks) options.judge_checks(config, errors);
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
