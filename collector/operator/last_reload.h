// What became of the newest attempt to take over the configuration.
#pragma once

#include <string>
#include <utility>

#include "common/clock.h"
#include "common/mutex.h"

namespace faultline::operator_api {

struct LastReload {
  WallTime succeeded_at;  // of the newest one that was taken over, the start counts
  WallTime refused_at;    // of the newest one, where that was refused; {0} = it was not
  std::string error;      // for people; of several, one a line
};

// Thread-safe.
class ReloadNote {
 public:
  explicit ReloadNote(WallTime started_at) { last_.succeeded_at = started_at; }

  void Succeeded(WallTime now) {
    MutexLock lock(mutex_);
    last_ = {.succeeded_at = now, .refused_at = {}, .error = {}};
  }
  void Refused(WallTime now, std::string error) {
    MutexLock lock(mutex_);
    last_.refused_at = now;
    last_.error = std::move(error);
  }
  LastReload last() const {
    MutexLock lock(mutex_);
    return last_;
  }

 private:
  mutable Mutex mutex_;
  LastReload last_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::operator_api
