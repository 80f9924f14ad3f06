// Which alerts follow from which: one thing that broke is seen by many checks. Pure.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// How near to the cause an alert's check looks: what a host says of its unit, its packet filter,
// its routes or its agent, then its listeners, then ports, logins and pages, which are seen from
// elsewhere or by way of something else.
int Nearness(const rules::Alert& alert);

// The ids of those that fire and follow from no other of `alerts` that fires: what a person has to
// mend. A symptom follows from what is nearer to the cause, no less grave and of the same end: the
// host that it points to, its own host, or any where it is not known where it leads. The same
// target seen from two hosts is one fault, that of who saw it first. What is no symptom follows
// from nothing. Linear in `alerts` but for those of one host.
std::set<std::string> Faults(const std::vector<rules::Alert>& alerts, const model::Hosts& hosts);

// Of an incident's alerts: `known_faults` where they are. Never null.
std::shared_ptr<const std::set<std::string>> FaultsOf(const Incident& incident,
                                                      const model::Hosts& hosts);

// The hosts that the cause of such an alert may be on, beside its own: where it points to, and, of
// a page, what its host needs.
std::set<HostId> EndsOf(const rules::Alert& alert, const model::Hosts& hosts);

// Whether `symptom`, of another subject, is what `cause` does to those who depend on it: a page of
// a host that needs what broke, as its own checks of that subject show, a port whose listener or
// whose host's unit is down, whatever is seen from elsewhere of a host that is gone, or a unit that
// was stopped because its host goes down.
bool DependsOn(const rules::Alert& symptom, const rules::Alert& cause, const model::Hosts& hosts);

// Whether the loss of its own host, while that is gone, is enough to explain `alert`: what it sees
// of other hosts, its way there, and its pages, which may need them.
bool FollowsFromOwnLoss(const rules::Alert& alert, const model::Hosts& hosts);

// Whether `alert` is of a host that was gone and is heard again, as `gone` says, and began while it
// was: nobody could hear of it before.
bool BeganWhileGone(const rules::Alert& alert, const rules::Alert& gone);

}  // namespace faultline::incidents
