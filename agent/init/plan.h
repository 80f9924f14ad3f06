// The agent.yaml that init would write, as values: what derive.h makes and agent_yaml.h prints.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/init/seen.h"

namespace faultline::init {

// "domain: app.example   # nginx: ...". One that nobody knows is printed commented out.
struct FactLine {
  std::string key;
  std::string value;
  std::string comment;
  bool known = true;
};

struct PlannedOption {
  std::string key;
  std::string value;
  bool is_list = false;  // printed in brackets
};

struct PlannedCheck {
  std::string kind;
  std::string target;
  std::vector<PlannedOption> options;  // `subject` among them
  std::string comment;

  std::string Id() const { return kind + ":" + target; }
};

struct Plan {
  std::vector<Seen> roles;  // name, and why
  std::vector<FactLine> collector;
  std::vector<FactLine> join;
  std::vector<FactLine> site;
  std::vector<FactLine> database;
  std::vector<Seen> disable;  // a check of a role, and why it can be of no use here
  std::vector<PlannedCheck> checks;
  // For people, a line each.
  std::vector<std::string> found;
  std::vector<std::string> left_out;
  std::vector<std::string> to_do;
};

}  // namespace faultline::init
