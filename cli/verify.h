// `faultline stack verify`: asks the agents to look, waits for their answers, shows the checklist.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/grammar.h"
#include "cli/render.h"
#include "cli/settings.h"

namespace faultline::cli {

struct Verified {
  std::string text;       // for the standard output
  bool failed = false;    // a row is not as expected
  bool unproved = false;  // a row was not checked, or nobody answered in time
};

// Told while it waits: rows that are answered, and all rows.
using Progress = std::function<void(int answered, int all)>;

// INVALID_ARGUMENT: an option is wrong. Otherwise the client's errors.
absl::StatusOr<Verified> VerifyStack(const ParsedCommand& command, const Settings& settings,
                                     const Client& client, const View& view,
                                     const Progress& progress);

}  // namespace faultline::cli
