// The framework of checks. A kind of check is one file, agent/checks/NAME_check.cc, that defines
// `const CheckKind& NameCheckKind()`: its declaration and how to make one. The build finds it by
// its file name; nothing else is touched. CONTRIBUTING.md, "Add a check", walks through it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/checks/observation.h"
#include "agent/config/config.h"
#include "agent/host/dpkg_lock.h"
#include "agent/host/loop.h"
#include "agent/host/worker_pool.h"
#include "common/check_id.h"
#include "common/clock.h"

namespace faultline::host {
class SystemdBus;
}

namespace faultline::checks {

// Where a check's findings go. Called on the loop's thread only. Every observation may be
// reported, also equal ones: the receiver finds the transitions.
class CheckSink {
 public:
  virtual ~CheckSink() = default;
  virtual void Report(Observation observation) = 0;
  virtual void ReportLogEvent(LogEventSeen event) = 0;
  // The numeric address and port that a remote check aims at now, and the canonical unit of a
  // local one: what the collector joins both ends by.
  virtual void Resolved(const std::string& address, int port) = 0;
  virtual void ResolvedUnit(const std::string& unit) = 0;
};

// What a check may use. Everything outlives the check.
struct CheckContext {
  host::Loop& loop;
  host::WorkerPool& workers;
  host::SystemdBus& systemd;
  const Clock& clock;
  CheckSink& sink;
  std::string state_dir;  // for small durable positions (journal cursors); one file a check
  std::string journal;    // a journal's directory, for tests; empty = this host's
  std::function<bool()> dpkg_at_work = host::IsDpkgAtWork;  // another one for tests
};

// One check at work. Lives on the loop's thread. A probe looks at its interval; a watcher is told
// by the system; both report at least once soon after Start and never block.
class Check {
 public:
  // Detaches everything; reports nothing more but log events that were read already.
  virtual ~Check() = default;
  virtual void Start() = 0;
  // Looks at once, reports, then calls `done` on the loop's thread, also when the look failed.
  virtual void LookNow(std::function<void()> done) = 0;
  // A person asks for the look that follows, perhaps having mended something: what costs too much
  // for the collector's own questions is worth it.
  virtual void OnPersonAsks() {}
};

enum class OptionType { kString, kStringList, kDuration, kInteger, kBool };

struct OptionDeclaration {
  std::string name;
  OptionType type = OptionType::kString;
  std::string default_value;  // as it would be written in YAML; empty = none
  std::string help;           // one sentence, units included
  bool required = false;
  // Inclusive bounds: integers as they are, durations in nanoseconds. Both 0 = unbounded.
  int64_t min = 0;
  int64_t max = 0;
};

struct ReasonDeclaration {
  std::string name;
  std::string help;  // what it means and which state comes with it
};

struct GaugeDeclaration {
  std::string name;  // Prometheus base units in the name
  std::string help;
};

// A right that the system must give the agent.
struct Right {
  enum class Type { kCapability, kGroup };
  Type type = Type::kCapability;
  std::string name;     // "CAP_NET_RAW", "systemd-journal"
  std::string without;  // what a check does without it, as in "cannot probe MySQL's ports"
  // Which checks need it; empty: all of the kind.
  std::function<bool(const config::CheckConfig&)> needed_by;
};

// Declaration of a kind: documents, configuration errors and UI names all come from it.
struct CheckKind {
  std::string kind;         // "port"
  std::string help;         // one or two sentences
  std::string target_help;  // what a target looks like, with an example
  std::string rights;       // what it needs and what happens without
  // The same for the program, which names at its start what is missing. File modes are not here.
  std::vector<Right> needs;
  Span default_interval;  // {0}: event-driven only
  Span min_interval;
  std::vector<OptionDeclaration> options;
  std::vector<ReasonDeclaration> reasons;
  std::vector<GaugeDeclaration> gauges;
  // Validates what the declaration cannot (the form of a target). The error names field and fix.
  std::function<absl::Status(const config::CheckConfig&)> validate;
  // Never fails: what cannot work says UNKNOWN by itself once started.
  std::function<std::unique_ptr<Check>(const config::CheckConfig&, const CheckContext&)> make;
};

}  // namespace faultline::checks
