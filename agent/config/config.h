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
  int line = 0;  // of the entry, for errors
};

struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

struct AgentConfig {
  std::string file;                                    // where it came from, for errors
  std::string collector_address;                       // host:port
  std::string collector_name = "faultline-collector";  // name in the collector's certificate
  TlsFiles tls;
  std::string state_dir;
  std::vector<CheckConfig> checks;
};

// Parses `text` that came from `file` (named in errors). All errors at once, one a line:
// "agent.yaml:12: checks[2].interval: \"soon\" is not a duration; write 500ms, 2s, 5m or 1h".
// Unknown fields, duplicate checks, truncated YAML, anchors' bombs (bounded size 1 MiB, at most
// 1000 checks) are errors.
absl::StatusOr<AgentConfig> ParseAgentConfig(const std::string& text, const std::string& file);

// Reads and parses. NotFound / PermissionDenied name the file and the fix.
absl::StatusOr<AgentConfig> LoadAgentConfig(const std::string& file);

}  // namespace faultline::config
