// The checks that a host's roles bring, with what is known of its stack. PURE.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"
#include "agent/config/facts.h"
#include "agent/config/roles.h"

namespace faultline::config {

struct BroughtCheck {
  CheckConfig check;
  const RoleCheck* from = nullptr;  // of Roles()
};

struct LeftOutCheck {
  std::string id;  // as far as it is known: "port:{database.address}", "log:mysql.service"
  std::string role;
  AbsentCheck absent;
};

struct RoleChecks {
  std::vector<BroughtCheck> checks;
  std::vector<LeftOutCheck> left_out;
  std::vector<std::string> shared;  // for people: what two roles have in different ways
};

// The checks of `roles`, each once: of two with other options or another subject the first role's
// counts, and a note says so. `line` is where the file names the roles.
RoleChecks ExpandRoles(const std::vector<const Role*>& roles, const Facts& facts, int line);

// Whether `id` could be the check that was left out, whatever the unknown facts are.
bool CouldBe(const LeftOutCheck& left_out, const std::string& id);

// Takes the check away that a person disables. False when the roles have no such check, and would
// have none whatever the facts.
bool Disable(RoleChecks& brought, const std::string& id);

// For people: what is left out and why, but for what they disabled, and what two roles share.
std::vector<std::string> NotesOf(const RoleChecks& brought);

}  // namespace faultline::config
