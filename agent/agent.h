// Wires the agent together and runs it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/cloud/identity_search.h"
#include "agent/config/config.h"
#include "common/clock.h"

namespace faultline::agent {

// Where an agent finds what is usually the machine's own; for tests.
struct AgentSeams {
  std::string bus_address;  // empty: the system's bus
  cloud::SearchOptions cloud;
};

// Whether the agent will be able to keep its state: what Create says of `state_dir` before it makes
// anything there. Names the field.
absl::Status CheckStateDirectory(const config::AgentConfig& config);

// The loop is made and run by the thread that calls Create and Run.
class Agent {
 public:
  virtual ~Agent() = default;

  // `config` has been loaded; its checks are validated here. Errors name what is wrong and the fix.
  // `clock` must outlive the agent.
  static absl::StatusOr<std::unique_ptr<Agent>> Create(const config::AgentConfig& config,
                                                       const Clock& clock,
                                                       const AgentSeams& seams = {});

  // Runs until Stop. Tells systemd READY=1 and feeds its watchdog where there is one.
  virtual absl::Status Run() = 0;

  // Thread-safe. Says goodbye, flushes the spool; 50 ms later, or up to a second where the whole
  // host goes down, to see that of the watched units too.
  virtual void Stop() = 0;

  // Thread-safe; SIGHUP does the same. Reads the configuration's file anew, whole: a bad one is
  // refused with its errors in the log and changes nothing; of a good one the checks are taken over
  // (reporter.h), and the log names what only a restart can change.
  virtual void Reload() = 0;
};

// While Run runs, SIGTERM and SIGINT stop an agent and SIGHUP reloads it. Call this before any
// thread starts.
void BlockSignals();

}  // namespace faultline::agent
