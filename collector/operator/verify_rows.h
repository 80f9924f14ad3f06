// The runbook's testing checklist as a table, and what the live picture says to each of its rows.
// PURE.
#pragma once

#include <string>
#include <vector>

#include "collector/model/picture.h"
#include "common/clock.h"
#include "common/identity.h"

namespace faultline::operator_api {

enum class RowState {
  kPass,
  kFail,        // seen, and not as expected
  kNotChecked,  // nobody looks, or the look tells nothing; `seen` says why and what to do
  kStale,       // was seen, but not since the moment asked for, or its host's agent is silent
  // Switched off on purpose, nothing of the kind is there, or the stack has no application and no
  // host that could prove it; `seen` says which.
  kNotApplicable,
};

struct VerifyRow {
  std::string name;
  std::string command;  // what a person would have typed
  std::string host;     // the vantage; empty when there is no such host
  std::string expected;
  std::string seen;
  RowState state = RowState::kNotChecked;
  std::string check;        // id; empty when there is none
  WallTime observed;        // {0} = never
  bool answer_due = false;  // stale, but its agent is connected: the answer may still come
};

// In the checklist's order, a row for each host that has a role that it speaks of. `since`: what
// was observed before is stale; {0} = everything of connected agents counts. Texts of the hosts
// come out as they are in the picture, which is cleaned.
std::vector<VerifyRow> VerifyRows(const model::Hosts& hosts, const StackId& stack, WallTime since);

// What rows cannot show: vantages that the stack does not have.
std::vector<std::string> VerifyNotes(const model::Hosts& hosts, const StackId& stack);

}  // namespace faultline::operator_api
