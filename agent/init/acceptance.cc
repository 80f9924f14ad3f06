#include "agent/init/acceptance.h"

#include "absl/strings/str_cat.h"
#include "agent/checks/registry.h"
#include "agent/config/config.h"
#include "agent/init/agent_yaml.h"
#include "common/text.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxAccepted = 256;
// A directory that cannot hold anything: a role is to know what the plan says, and no more.
constexpr char kNowhere[] = "/dev/null";

bool IsPrintable(const std::string& value) {
  return !value.empty() && CleanText(value, kMaxAccepted) == value;
}

absl::StatusOr<config::AgentConfig> Parsed(const std::string& text) {
  return config::ParseAgentConfig(text, "init",
                                  {.needs_collector = false, .hostname = "host", .root = kNowhere});
}

std::string FaultOf(const config::CheckConfig& check) {
  config::AgentConfig config;
  config.file = "init";
  config.checks.push_back(check);
  const absl::Status valid = checks::ValidateChecks(config);
  return valid.ok() ? "" : std::string(valid.message());
}

}  // namespace

std::string FaultOfFact(const std::string& section, const std::string& key,
                        const std::string& value) {
  if (!IsPrintable(value)) {
    return "has characters that no configuration can hold, or more than 256 of them";
  }
  const auto parsed =
      Parsed(absl::StrCat("role: db\n", section, ": {", key, ": ", YamlScalar(value), "}"));
  return parsed.ok() ? "" : std::string(parsed.status().message());
}

std::string FaultOfCheck(const PlannedCheck& check) {
  config::CheckConfig asked;
  asked.id = {check.kind, check.target, ""};
  asked.place = "it";
  for (const PlannedOption& option : check.options) {
    if (!IsPrintable(option.value)) return "a value has characters that no configuration can hold";
    if (option.key == "subject") continue;
    asked.options[option.key] = {.values = {option.value}, .is_list = option.is_list};
  }
  const absl::Status valid = ValidateCheckId(asked.id);
  return valid.ok() ? FaultOf(asked) : std::string(valid.message());
}

RoleBrings ChecksOfRole(const std::string& role, const Plan& plan) {
  Plan facts;
  facts.roles = {{role, ""}};
  facts.site = plan.site;
  facts.database = plan.database;
  RoleBrings brings;
  const auto config = Parsed(AgentYaml(facts, "facts"));
  if (!config.ok()) return brings;
  for (const config::CheckConfig& check : config->checks) {
    brings.ids.insert(check.id.ToString());
    const std::string fault = FaultOf(check);
    if (!fault.empty()) brings.unusable.push_back({check.id.ToString(), fault});
  }
  return brings;
}

}  // namespace faultline::init
