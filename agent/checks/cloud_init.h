// What cloud-init writes about itself, as plain structs: PURE.
//
// /run/cloud-init/status.json follows the stages while they run, result.json comes at the end (the
// source of Debian 12's cloud-init 22.4, cmd/main.py, status_wrapper; "recoverable_errors" since
// 23.4). Both hold {"v1": {...}}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"

namespace faultline::checks {

struct CloudInitError {
  std::string stage;  // "modules-final"; empty where only result.json tells
  std::string text;   // cleaned and masked, at most 300 bytes
};

struct CloudInitStatus {
  std::string stage;  // the one that runs; empty between stages and at the end
  WallTime started;   // of the first stage; {0} when it has not begun
  WallTime finished;  // of the last stage, modules-final; {0} while that has not ended
  std::vector<CloudInitError> errors;       // at most 20
  std::vector<CloudInitError> recoverable;  // warnings that it went on after; at most 20
};

// InvalidArgument for text of another form, or larger than kMaxCloudInitJson.
inline constexpr size_t kMaxCloudInitJson = 64 * 1024;
absl::StatusOr<CloudInitStatus> ParseCloudInitStatus(std::string_view json);
// The errors of result.json; `recoverable` too, where it has them.
absl::StatusOr<CloudInitStatus> ParseCloudInitResult(std::string_view json);

// "scripts-user: Runparts: 1 failures (part-001) in 1 attempted commands" of
// "('scripts-user', RuntimeError('Runparts: 1 failures (part-001) in 1 attempted commands'))": an
// error as Python writes it down. Other text comes back as it is.
std::string SimplifyError(std::string_view error);

// The last lines of cloud-init-output.log that say something, cleaned and masked, at most `max`.
std::vector<std::string> LastOutputLines(std::string_view tail, size_t max);

}  // namespace faultline::checks
