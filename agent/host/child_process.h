// A program run once, for what it prints: fixed arguments, bounded output, a deadline, no shell.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/host/loop.h"

namespace faultline::host {

struct ChildCommand {
  std::vector<std::string> argv;  // argv[0] is the program's absolute path
  size_t max_output = 0;          // bytes on standard output
  Span deadline;                  // from start to exit
};

struct ChildOutput {
  int exit_code = 0;  // 128 + the signal's number when one ended it
  std::string out;
  std::string err;  // its first 4 KiB
  Span took;
};

// Starts the program with an empty environment but for PATH and LC_ALL=C, standard input closed, no
// signal blocked; it inherits the ambient capabilities. `callback` runs once, on the loop's thread:
// DeadlineExceeded or ResourceExhausted (`max_output`) after the program was killed for it.
// Destroying the handle kills the program and reaps it; the callback then never runs. NotFound and
// PermissionDenied at once when it cannot be started.
absl::StatusOr<std::unique_ptr<LoopSource>> RunChild(
    Loop& loop, const ChildCommand& command,
    std::function<void(absl::StatusOr<ChildOutput>)> callback);

// The first of `names` that is an executable in the places where systems keep administrators'
// programs; empty when none is.
std::string FindProgram(const std::vector<std::string>& names);

}  // namespace faultline::host
