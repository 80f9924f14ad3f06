// Commands that change something on the collector.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/grammar.h"
#include "cli/render.h"
#include "cli/settings.h"

namespace faultline::cli {

struct Changed {
  std::string text;  // for the standard output
  std::string note;  // for the error output, so that scripts get the text alone; may be empty
};

// Asks the person at the terminal; nothing when there is none to ask.
using Confirm = std::function<std::optional<bool>(const std::string& question)>;

// token create, token revoke, host revoke and notify test. INVALID_ARGUMENT: an option or the
// argument is wrong. FAILED_PRECONDITION: the receiver did not take the test message.
absl::StatusOr<Changed> Change(const ParsedCommand& command, const Settings& settings,
                               const Client& client, const Confirm& confirm);

}  // namespace faultline::cli
