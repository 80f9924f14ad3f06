#include "collector/security/token_roles.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/security/bad_field.h"
#include "common/identity.h"
#include "common/text.h"

namespace faultline::security {
namespace {

// The command that makes a token for these roles.
std::string MakeToken(const StoredToken& token, const std::string& roles) {
  return absl::StrCat("faultline token create --role ", roles, " --stack ", token.stack.stack,
                      " --env ", token.stack.env);
}

}  // namespace

absl::StatusOr<std::string> RolesFor(const std::string& asked, const StoredToken& token) {
  const std::vector<std::string> own = RolesIn(asked);
  const std::string roles = absl::StrJoin(token.roles, ", ");
  if (own.empty()) {
    if (token.roles.empty()) return "";
    if (token.roles.size() == 1) return token.roles.front();
    return Bad("role", absl::StrCat("is missing, and the token is for several (", roles,
                                    "); set `role:` in agent.yaml"));
  }
  for (const std::string& role : own) {
    if (std::count(HostRoles().begin(), HostRoles().end(), role) == 0) {
      return Bad("role", absl::StrCat("\"", CleanText(role, 80),
                                      "\" is no role; known: ", absl::StrJoin(HostRoles(), ", ")));
    }
  }
  const bool all = std::all_of(own.begin(), own.end(), [&](const std::string& role) {
    return token.roles.empty() || std::count(token.roles.begin(), token.roles.end(), role) > 0;
  });
  if (all) return RoleList(own);
  return Bad("role", absl::StrCat("the token lets hosts of role ", roles, " in, and this one is ",
                                  RoleList(own),
                                  "; write another role: into agent.yaml, or make "
                                  "a token for these roles: ",
                                  MakeToken(token, RoleList(own))));
}

}  // namespace faultline::security
