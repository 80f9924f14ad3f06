// The parts of a derivation, and what they share. Only for derive*.cc.
#pragma once

#include <set>
#include <string>

#include "agent/init/host_seen.h"
#include "agent/init/plan.h"

namespace faultline::init {

struct Derivation {
  const HostSeen& seen;
  Plan plan;
  std::set<std::string> of_roles;  // the roles' checks, once the facts are in the plan

  bool HasRole(const std::string& name) const;
  // The site that role app speaks of; nullptr without that role.
  const WebSite* AppSite() const;

  // Of `section`, one of the plan's own. Left out, in words, where the agent would not take it.
  void Fact(std::vector<FactLine>* section, const std::string& key, const Seen& seen_value);
  void UnknownFact(std::vector<FactLine>* section, const std::string& key,
                   const std::string& example, const std::string& comment);

  // Unless a role or an earlier line has it, or its kind cannot take it (then it is left out, in
  // words). A role's that is disabled it takes the place of.
  void Add(PlannedCheck check);
  // The same, also in the place of a role's that is not disabled.
  void Replace(PlannedCheck check);
  // Where a role brings it.
  void Disable(const std::string& id, const std::string& why);
  // All of the roles' whose id begins so.
  void DisableAll(const std::string& prefix, const std::string& why);
};

void DeriveSiteFacts(Derivation& derivation);
void DeriveSiteChecks(Derivation& derivation);
void DeriveDatabaseFacts(Derivation& derivation);
void DeriveDatabaseChecks(Derivation& derivation);
void DeriveServiceChecks(Derivation& derivation);

}  // namespace faultline::init
