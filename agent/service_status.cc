#include "agent/service_status.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/state.h"

namespace faultline::agent {

std::string StatusNotice(const Reporter::Summary& summary, bool reload_refused) {
  std::vector<std::string> parts;
  for (const State state : {State::kCritical, State::kWarning, State::kUnknown, State::kOk}) {
    const auto found = summary.counts.find(state);
    if (found == summary.counts.end()) continue;
    std::string part = absl::StrCat(found->second, " ", std::string(StateName(state)));
    // The worst check stands behind the first state, which is its own.
    if (parts.empty() && !summary.worst.empty()) absl::StrAppend(&part, " (", summary.worst, ")");
    parts.push_back(std::move(part));
  }
  const auto silent = summary.counts.find(State::kUnspecified);
  if (silent != summary.counts.end())
    parts.push_back(absl::StrCat(silent->second, " not yet seen"));
  std::string text = parts.empty() ? "no checks" : absl::StrJoin(parts, ", ");
  absl::StrAppend(&text, summary.connected ? "; connected to the collector"
                                           : "; not connected to the collector");
  if (!summary.join_trouble.empty()) absl::StrAppend(&text, " (", summary.join_trouble, ")");
  if (reload_refused) absl::StrAppend(&text, "; the last reload was refused, see the log");
  return absl::StrCat("STATUS=", text);
}

}  // namespace faultline::agent
