#include "agent/rights.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/checks/registry.h"
#include "agent/host/rights.h"

namespace faultline::agent {
namespace {

using checks::Right;

// More are counted.
constexpr size_t kNamed = 5;

// One sentence a right and what it is wanted for.
struct Lack {
  Right::Type type = Right::Type::kCapability;
  std::vector<std::string> who;
};

std::string HowToGive(Right::Type type, const std::string& name) {
  const std::string where = " of faultline-agent.service (systemctl edit faultline-agent)";
  if (type == Right::Type::kGroup) {
    return absl::StrCat("add the group to SupplementaryGroups=", where);
  }
  return absl::StrCat("add ", name, " to AmbientCapabilities= and CapabilityBoundingSet=", where);
}

std::string Names(std::vector<std::string> names) {
  const size_t more = names.size() > kNamed ? names.size() - kNamed : 0;
  names.resize(names.size() - more);
  std::string text = absl::StrJoin(names, ", ");
  if (more > 0) absl::StrAppend(&text, " and ", more, " more");
  return text;
}

}  // namespace

bool HasRight(const Right& right) {
  return right.type == Right::Type::kGroup ? host::InGroup(right.name)
                                           : host::HasCapability(right.name);
}

std::vector<std::string> MissingRights(const std::vector<config::CheckConfig>& checks,
                                       const std::function<bool(const Right&)>& has) {
  std::map<std::string, std::map<std::string, Lack>> missing;  // by right, then by what is lost
  for (const config::CheckConfig& check : checks) {
    const checks::CheckKind* kind = checks::FindCheckKind(check.id.kind);
    if (kind == nullptr) continue;
    for (const Right& right : kind->needs) {
      if ((right.needed_by && !right.needed_by(check)) || has(right)) continue;
      Lack& lack = missing[right.name][right.without];
      lack.type = right.type;
      lack.who.push_back(check.id.ToString());
    }
  }
  std::vector<std::string> lines;
  for (const auto& [name, by_loss] : missing) {
    std::vector<std::string> losses;
    for (const auto& [without, lack] : by_loss) {
      losses.push_back(absl::StrCat(Names(lack.who), " ", without));
    }
    const Right::Type type = by_loss.begin()->second.type;
    lines.push_back(absl::StrCat(type == Right::Type::kGroup ? "group " : "", name, " is missing: ",
                                 absl::StrJoin(losses, "; "), ". Fix: ", HowToGive(type, name)));
  }
  return lines;
}

}  // namespace faultline::agent
