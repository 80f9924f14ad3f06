// The writer: one thread, one connection, one transaction for all that is queued.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "collector/store/maintenance.h"
#include "collector/store/sqlite.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace faultline::store {

// One piece of a transaction. The functions run on the writer's thread; the last two may be null.
struct Operation {
  std::function<absl::Status(Connection&)> write;  // tried until it is committed
  std::function<void()> finished;                  // after the commit
  std::function<void()> failed;                    // once, when a try has failed
};

// Thread-safe. The destructor commits what is queued, then joins; a failing database ends that
// after 2 s.
class Writer {
 public:
  Writer(std::unique_ptr<Connection> connection, const Clock& clock, Retention retention);
  ~Writer();

  void Queue(Operation operation);
  WallTime failing_since() const;
  std::string last_error() const;
  absl::Status failure() const;  // of the last attempt
  void ConfirmClock(WallTime now, MonoTime mono) { maintenance_.ConfirmClock(now, mono); }
  std::vector<std::string> set_aside() const { return maintenance_.set_aside(); }

 private:
  void Run();
  // Waits for work, doing maintenance meanwhile. Empty: the end.
  std::vector<Operation> Take();
  // Until committed, or given up when stopping.
  void CommitAll(std::vector<Operation> batch);
  absl::Status TryCommit(const std::vector<Operation>& batch);
  void NoteResult(const absl::Status& status);
  bool GiveUp() const;

  const Clock& clock_;
  const std::string path_;
  std::unique_ptr<Connection> connection_;
  Maintenance maintenance_;
  MonoTime idle_since_;  // writer's thread only

  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::vector<Operation> queue_ FAULTLINE_GUARDED_BY(mutex_);
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;
  MonoTime give_up_at_ FAULTLINE_GUARDED_BY(mutex_);
  WallTime failing_since_ FAULTLINE_GUARDED_BY(mutex_);
  MonoTime failing_from_ FAULTLINE_GUARDED_BY(mutex_);
  absl::Status failure_ FAULTLINE_GUARDED_BY(mutex_);
  std::thread thread_;  // last: starts when all else is there
};

}  // namespace faultline::store
