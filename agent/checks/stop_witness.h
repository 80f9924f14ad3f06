// Who asked for a stop: looks for it in the journal while the stop is under way. What it finds is
// evidence beside systemd's own word, never a reason by itself, and nothing waits for it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/observation.h"
#include "agent/checks/sudo_line.h"
#include "agent/host/journal_recent.h"
#include "agent/host/loop.h"
#include "agent/host/worker_pool.h"
#include "common/clock.h"

namespace faultline::checks {

// The newest command among `entries` that explains a check's `reason`, as a fact:
// 'sudo log: ubuntu ran "systemctl stop mysql" at 03:14:07 UTC'. PURE.
std::optional<Fact> WitnessOf(const std::string& reason,
                              const std::vector<host::JournalEntry>& entries,
                              const std::vector<std::string>& unit_names);

// Lives on the loop's thread. May be destroyed while a look is under way.
class StopWitness {
 public:
  // `on_news`: a look found entries; ask Evidence again. `journal`: its directory, for tests; empty
  // = this host's. Everything outlives the witness.
  StopWitness(host::Loop& loop, host::WorkerPool& workers, const Clock& clock, std::string journal,
              std::function<void()> on_news);

  // A job of the unit began that may be a stop. Looks at the last 10 s before it on a worker, and a
  // few times more within four seconds: journald may not have written the line yet. A job that is
  // known is not looked for again.
  void Look(uint32_t job);
  // The unit is up again.
  void Forget();

  std::optional<Fact> Evidence(const std::string& reason,
                               const std::vector<std::string>& unit_names) const;

 private:
  void Read();
  void ReadAgain(size_t times);

  host::Loop& loop_;
  host::WorkerPool& workers_;
  const Clock& clock_;
  const std::string journal_;
  const std::function<void()> on_news_;
  uint32_t job_ = 0;
  WallTime since_;
  std::vector<host::JournalEntry> entries_;
  std::unique_ptr<host::LoopSource> again_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // read on the loop's thread only
};

}  // namespace faultline::checks
