#include "tests/collector/pipeline/scenario_host.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace faultline::pipeline {

HostStop HostStopOf(const std::string& goodbye) {
  if (goodbye == "host" || goodbye == "shutdown") return HostStop::kShutdown;
  if (goodbye == "reboot") return HostStop::kReboot;
  if (goodbye == "power-off") return HostStop::kPowerOff;
  return HostStop::kNo;
}

ScenarioHost ReadHost(const StackId& stack, const std::string& name, const YAML::Node& node) {
  ScenarioHost host;
  host.identity = {.id = {stack, name}, .role = node["role"].as<std::string>("")};
  host.hello.spool_id = "spool-" + name;
  host.hello.start_number = 1;
  host.hello.can_probe = node["probes"].as<bool>(false);
  host.hello.is_own = node["own"].as<bool>(false);
  for (const YAML::Node& address : node["addresses"]) {
    host.hello.addresses.push_back(address.as<std::string>());
  }
  for (const YAML::Node& check : node["checks"]) {
    DeclaredCheck declared;
    declared.number = static_cast<uint32_t>(host.checks.size()) + 1;
    const bool has_subject = check.IsMap();
    declared.id = *ParseCheckId((has_subject ? check["check"] : check).as<std::string>());
    if (has_subject) declared.subject = check["subject"].as<std::string>();
    if (declared.id.kind == "port") {
      declared.remote_address = declared.id.target.substr(0, declared.id.target.rfind(':'));
      declared.remote_port =
          std::stoi(declared.id.target.substr(declared.id.target.rfind(':') + 1));
    }
    host.checks.push_back(declared);
  }
  return host;
}

std::string AnswerOf(const std::map<std::string, ScenarioHost>& hosts, const ScenarioHost& from,
                     const std::string& address) {
  for (const auto& [name, host] : hosts) {
    const auto& its = host.hello.addresses;
    if (std::find(its.begin(), its.end(), address) == its.end()) continue;
    const auto special = from.answers.find(name);
    if (special != from.answers.end()) return special->second;
    return host.is_dead ? "none" : "ping";
  }
  return "none";
}

std::string Difference(const char* what, const YAML::Node& wanted, std::vector<std::string> seen,
                       bool sorted) {
  if (!wanted) return "";
  std::vector<std::string> want;
  for (const YAML::Node& item : wanted) want.push_back(item.as<std::string>());
  if (sorted) {
    std::sort(want.begin(), want.end());
    std::sort(seen.begin(), seen.end());
  }
  if (want == seen) return "";
  return absl::StrCat(what, ": want [", absl::StrJoin(want, " | "), "], saw [",
                      absl::StrJoin(seen, " | "), "]");
}

}  // namespace faultline::pipeline
