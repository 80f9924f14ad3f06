// What a host of each role has to watch: the runbook's checks as data.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace faultline::config {

// "{site.domain}" stands for a fact. A check whose target or `needs` names an unknown fact is left
// out; an option that does is left out of its check.
struct RoleCheck {
  std::string kind;
  std::string target;
  std::string subject = {};  // empty: the collector's rules decide
  std::vector<std::pair<std::string, std::string>> options = {};
  std::string needs = {};  // one more fact without which it makes no sense
  // Roles beside which it would be wrong: hosts that may do what it forbids.
  std::vector<std::string> not_beside = {};
};

struct Role {
  std::string name;
  std::string help;
  std::vector<RoleCheck> checks;
};

// app, db, collector, outside, host: those of identity.h.
const std::vector<Role>& Roles();

// nullptr when there is none.
const Role* FindRole(const std::string& name);
std::vector<std::string> RoleNames();

}  // namespace faultline::config
