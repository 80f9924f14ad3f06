// The commands that ask once and show the answer.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/grammar.h"
#include "cli/render.h"
#include "cli/settings.h"

namespace faultline::cli {

struct Shown {
  std::string text;      // for the standard output
  bool trouble = false;  // `status` only: something is CRITICAL or an incident is open
};

// INVALID_ARGUMENT: an argument is wrong. Otherwise the client's errors.
absl::StatusOr<Shown> Show(const ParsedCommand& command, const Settings& settings,
                           const Client& client, const View& view);

}  // namespace faultline::cli
