#include "agent/init/derivation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/init/acceptance.h"
#include "common/text.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxChecks = 300;

}  // namespace

bool Derivation::HasRole(const std::string& name) const {
  return std::any_of(plan.roles.begin(), plan.roles.end(),
                     [&](const Seen& role) { return role.value == name; });
}

const WebSite* Derivation::AppSite() const {
  return HasRole("app") ? &seen.sites.front() : nullptr;
}

void Derivation::Fact(std::vector<FactLine>* section, const std::string& key,
                      const Seen& seen_value) {
  if (!seen_value.known()) return;
  const std::string fault =
      FaultOfFact(section == &plan.site ? "site" : "database", key, seen_value.value);
  if (!fault.empty()) {
    plan.left_out.push_back(CleanText(
        absl::StrCat(key, " \"", seen_value.value, "\" (", seen_value.where, "): ", fault), 400));
    return;
  }
  section->push_back({key, seen_value.value, seen_value.where});
}

void Derivation::UnknownFact(std::vector<FactLine>* section, const std::string& key,
                             const std::string& example, const std::string& comment) {
  section->push_back({key, example, comment, /*known=*/false});
}

void Derivation::Add(PlannedCheck check) {
  const bool disabled = std::any_of(plan.disable.begin(), plan.disable.end(),
                                    [&](const Seen& each) { return each.value == check.Id(); });
  if (!of_roles.contains(check.Id()) || disabled) Replace(std::move(check));
}

void Derivation::Replace(PlannedCheck check) {
  const bool repeats = std::any_of(plan.checks.begin(), plan.checks.end(),
                                   [&](const auto& other) { return other.Id() == check.Id(); });
  if (repeats) return;
  std::string fault = FaultOfCheck(check);
  if (plan.checks.size() == kMaxChecks) fault = "there are more than 300 checks";
  if (!fault.empty()) {
    plan.left_out.push_back(
        CleanText(absl::StrCat(check.Id(), " (", check.comment, "): ", fault), 400));
    return;
  }
  std::erase_if(plan.disable, [&](const Seen& each) { return each.value == check.Id(); });
  plan.checks.push_back(std::move(check));
}

void Derivation::Disable(const std::string& id, const std::string& why) {
  const bool repeats = std::any_of(plan.disable.begin(), plan.disable.end(),
                                   [&](const Seen& other) { return other.value == id; });
  if (of_roles.contains(id) && !repeats) plan.disable.push_back({id, why});
}

void Derivation::DisableAll(const std::string& prefix, const std::string& why) {
  for (const std::string& id : of_roles) {
    if (absl::StartsWith(id, prefix)) Disable(id, why);
  }
}

}  // namespace faultline::init
