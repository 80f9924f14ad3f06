// `faultline-agent init`: looks at this host and writes the agent.yaml that one would have written.
#pragma once

#include <iosfwd>
#include <string>

#include "agent/init/host_seen.h"

namespace faultline::init {

// The one that the service reads.
inline constexpr char kServiceFile[] = "/etc/faultline/agent.yaml";

struct InitFlags {
  std::string collector;   // HOST or HOST:PORT of its agent port
  std::string token_file;  // absolute
  std::string host;        // name to join under
  std::string output;      // "-": printed
};

// What init's exit codes mean, for --help.
extern const char kInitExitCodes[];

// The text goes to the file, or to `out` for "-"; the summary to `out`, or to `err` for "-".
// Nothing is written that the agent would not take. Returns the exit code.
int Init(const InitFlags& flags, const LookOptions& look, std::ostream& out, std::ostream& err);

}  // namespace faultline::init
