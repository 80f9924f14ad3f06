// The agent's configuration: what agent.yaml says, validated as far as YAML alone allows.
// Options of a check are validated against its kind's declaration by agent/checks/registry.h.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/check_id.h"
#include "common/clock.h"
#include "common/yaml/reader.h"

namespace faultline::config {

// A scalar or a list of scalars, as text, with the line it stands on (from 1).
struct OptionValue {
  std::vector<std::string> values;
  bool is_list = false;
  int line = 0;
};

// Where a value comes from that a role puts into its checks, so that an error names what a person
// can mend.
struct FactSource {
  std::string fact;   // that was given: "database.address" also where its host alone is meant
  int line = 0;       // of the file; 0: the file does not say it
  std::string where;  // where it was found when `line` is 0, "/etc/flask-app.env"
};

struct CheckConfig {
  CheckId id;
  std::string subject;           // empty: the collector's rules decide
  std::optional<Span> interval;  // absent: the kind's default
  std::map<std::string, OptionValue> options;
  int line = 0;       // of the entry, for errors; of `role:` where the role brought it
  std::string place;  // the same in words: "checks[2]", "role app: disk:/"
  // Of a role's check: what its target ("target") and its options, by name, were made of. Plain
  // defaults are not there.
  std::map<std::string, FactSource> sources;
};

// A check that a role of this host has and the host has not, as the collector is told.
struct AbsentCheck {
  enum class Why {
    kDisabled,     // somebody wrote so
    kUnknownFact,  // more likely forgotten
    kNotHere       // what it would look at is not on this host
  };
  std::string kind;
  std::string target;  // as the role has it, with facts as {names}
  Why why = Why::kNotHere;
  std::string detail;  // for people: why, and what to write
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
  std::string role;            // names of roles.h, as RoleList makes it; empty: none
  std::vector<CheckConfig>
      checks;  // the roles' without those disabled or replaced, then the file's
  std::vector<AbsentCheck> absent;
  // For people: which of the roles' checks are left out and why, which facts were found where.
  std::vector<std::string> notes;
};

struct ParseOptions {
  // False for a look without a collector: collector, tls and join may be missing.
  bool needs_collector = true;
  // Instead of the file's: one, or several with commas.
  std::string role;
  // Instead of the machine's, for join.host; for tests.
  std::string hostname;
  // Prefix of the paths where facts are looked for (facts.h); for tests.
  std::string root;
  // Notes what is wrong with the checks that could be read, so that a person mends a file in one
  // go: checks::NoteErrors, which this layer does not know.
  std::function<void(const AgentConfig&, yaml::Errors&)> judge_checks = nullptr;
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
