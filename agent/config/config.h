// The agent's configuration: what agent.yaml says, validated as far as YAML alone allows.
// Options of a check are validated against its kind's declaration by agent/checks/registry.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/check_id.h"
#include "common/clock.h"

namespace faultline::config {

// A scalar or a list of scalars, as text, with the line it stands on (from 1).
struct OptionValue {
  std::vector<std::string> values;
  bool is_list = false;
  int line = 0;
};

struct CheckConfig {
  CheckId id;
  std::string subject;           // empty: the collector's rules decide
  std::optional<Span> interval;  // absent: the kind's default
  std::map<std::string, OptionValue> options;
  int line = 0;       // of the entry, for errors; of `role:` where the role brought it
  std::string place;  // the same in words: "checks[2]", "role app: disk:/"
};

// True when both look at the same thing in the same way, wherever they stand in the file.
bool SameCheck(const CheckConfig& a, const CheckConfig& b);

struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

// How this host gets its certificate when it has none of its own (agent/link/enroller.h).
struct JoinConfig {
  std::string token_file;  // empty: it does not join, `tls` names its certificates
  std::string address;     // host:port of the collector's enrolment
  std::string host;        // the name to join under

  bool enabled() const { return !token_file.empty(); }
};

struct AgentConfig {
  std::string file;                                    // where it came from, for errors
  std::string collector_address;                       // host:port
  std::string collector_name = "faultline-collector";  // name in the collector's certificate
  TlsFiles tls;                                        // empty with `join`
  JoinConfig join;                                     // empty with `tls`
  std::string state_dir;
  std::string cloud = "auto";  // or "none": does not ask which EC2 instance this is (agent/cloud)
  std::string role;            // empty, or a name of roles.h
  std::vector<CheckConfig>
      checks;  // the role's without those disabled or replaced, then the file's
  // For people: which of the role's checks are left out and why, which facts were found where.
  std::vector<std::string> notes;
};

struct ParseOptions {
  // False for a look without a collector: collector, tls and join may be missing.
  bool needs_collector = true;
  // Instead of the file's.
  std::string role;
  // Instead of the machine's, for join.host; for tests.
  std::string hostname;
  // Prefix of the paths where facts are looked for (facts.h); for tests.
  std::string root;
};

// Parses `text` that came from `file` (named in errors). All errors at once, one a line:
// "agent.yaml:12: checks[2].interval: \"soon\" is not a duration; write 500ms, 2s, 5m or 1h".
// Unknown fields, duplicate checks, truncated YAML, anchors' bombs (bounded size 1 MiB, at most
// 1000 checks) are errors.
absl::StatusOr<AgentConfig> ParseAgentConfig(const std::string& text, const std::string& file,
                                             const ParseOptions& options = {});

// Reads and parses. NotFound / PermissionDenied name the file and the fix.
absl::StatusOr<AgentConfig> LoadAgentConfig(const std::string& file,
                                            const ParseOptions& options = {});

}  // namespace faultline::config
