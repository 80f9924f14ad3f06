// What a host of each role has to watch: the runbook's checks as data.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/config/config.h"
#include "agent/config/facts.h"

namespace faultline::config {

// "{site.domain}" stands for a fact. A check whose target or `needs` names an unknown fact is left
// out; an option that does is left out of its check.
struct RoleCheck {
  std::string kind;
  std::string target;
  std::string subject = {};  // empty: the collector's rules decide
  std::vector<std::pair<std::string, std::string>> options = {};
  std::string needs = {};  // one more fact without which it makes no sense
};

struct Role {
  std::string name;
  std::string help;
  std::vector<RoleCheck> checks;
};

// app, db, collector, outside.
const std::vector<Role>& Roles();

// nullptr when there is none.
const Role* FindRole(const std::string& name);
std::vector<std::string> RoleNames();

struct RoleChecks {
  std::vector<CheckConfig> checks;
  std::vector<std::string> notes;  // which were left out for lack of which fact
};

// The role's checks with these facts. `line` is where the file names the role.
RoleChecks ExpandRole(const Role& role, const Facts& facts, int line);

}  // namespace faultline::config
