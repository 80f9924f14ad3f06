// Why a unit failed, in its own words: looks for the line in the journal once systemd has said that
// it failed. What it finds is evidence beside systemd's word; nothing waits for it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/checks/log_patterns.h"
#include "agent/checks/observation.h"
#include "agent/host/journal_of_unit.h"
#include "agent/host/loop.h"
#include "agent/host/systemd_bus.h"
#include "agent/host/worker_pool.h"
#include "common/clock.h"

namespace faultline::checks {

// The first error line among `entries` (oldest first) that the unit's own processes wrote, else the
// first that systemd wrote of it and that says more than that it failed: what follows an error
// tells less than it. Secrets are masked. PURE.
std::optional<Fact> FirstErrorOf(const std::vector<host::UnitLogEntry>& entries,
                                 const LogPatterns& patterns);

// Since when a failed unit's log is of interest: from the beginning of the run that failed, or the
// last seconds of a long one. PURE.
WallTime FailureLogBegins(const host::UnitProperties& properties);

// Lives on the loop's thread. May be destroyed while a look is under way.
class UnitCause {
 public:
  // `on_news`: a look found a line; ask fact() again. `journal`: its directory, for tests; empty =
  // this host's. Everything outlives it.
  UnitCause(std::string unit, host::Loop& loop, host::WorkerPool& workers, std::string journal,
            std::function<void()> on_news);

  // The unit has failed. Looks on a worker, and a few times more within four seconds: journald may
  // not have written the line yet. A failure that is known is not looked for again, and of runs
  // that fail in quick succession one is enough.
  void OnFailure(const host::UnitProperties& properties, const std::vector<std::string>& names,
                 MonoTime now);
  // The unit is up again.
  void Forget();

  const std::optional<Fact>& fact() const { return fact_; }

 private:
  void Read(size_t times);
  void OnRead(uint64_t failure, Fact fact);

  host::Loop& loop_;
  host::WorkerPool& workers_;
  const std::function<void()> on_news_;
  const std::shared_ptr<const LogPatterns> patterns_;
  host::UnitLogQuery query_;
  uint64_t failure_ = 0;  // StateChangeTimestamp of the one that is looked for; 0 = none
  MonoTime looked_at_;
  std::optional<Fact> fact_;
  std::unique_ptr<host::LoopSource> again_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // read on the loop's thread only
};

}  // namespace faultline::checks
