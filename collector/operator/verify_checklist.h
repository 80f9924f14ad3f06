// The rows of the runbook's testing checklist as data: which check of which role proves each. PURE.
#pragma once

#include <string>
#include <vector>

#include "collector/operator/verify_rows.h"

namespace faultline::operator_api {

struct Finding {
  RowState state = RowState::kNotChecked;
  std::string seen;
};

struct ChecklistItem {
  const char* name;
  // What a person would type; `target` is the check's, empty where there is none.
  std::string (*command)(const std::string& target);
  const char* expected;
  std::vector<std::string> roles;  // hosts that it is looked at from
  // The check as the table of roles has it (agent/config/roles.cc), "log:{site.access_log}": what
  // an agent names that does not watch it.
  const char* brought;
  bool (*takes)(const model::CheckPicture& check);
  // Of a check that could look (OK, WARNING or CRITICAL).
  Finding (*judge)(const model::CheckPicture& check, const model::HostPicture& host);
  const char* how_to_get;  // the check, where a host has none and its agent is too old to say why
  // What is expected where the check is configured otherwise; empty: `expected`.
  std::string (*configured)(const model::CheckPicture& check) = nullptr;
  // The reason by which a check says that there is nothing to look at on its host.
  const char* nothing_there = nullptr;
  // Of several checks of a host only that with the shortest target, a site's front page, counts.
  bool only_shortest_target = false;
  // That a port is closed proves something only while those who need it reach it.
  bool closed = false;
};

const std::vector<ChecklistItem>& Checklist();

// What a check says, in one line: its detail, else its state and reason.
std::string Words(const model::CheckPicture& check);

}  // namespace faultline::operator_api
