// Which certificates may speak now, in memory: streams are judged by it without a look at a disk.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace faultline::security {

// Thread-safe, never blocks.
class Standing {
 public:
  // OK, and noted as used; or Unauthenticated with a text for the host's log that says why not and
  // what to do.
  absl::Status Admit(const std::string& serial);

  void Add(const std::string& serial, bool used = false);
  // Of one that was added: `why` is for people.
  void Revoke(const std::string& serial, const std::string& why);
  void Forget(const std::string& serial);
  // Forgets one that has never been let in. False: it has been, and stays.
  bool ForgetUnused(const std::string& serial);

  struct Entry {
    bool used = false;
    std::string revoked_why;  // empty: it may speak
  };
  // Without noting anything; nothing when the serial is not known.
  std::optional<Entry> Find(const std::string& serial) const;

  // Serials that Admit has let in for the first time since the last call. Who cannot write them
  // down gives them back.
  std::vector<std::string> TakeUsed();
  void GiveBackUsed(const std::vector<std::string>& serials);

 private:
  mutable Mutex mutex_;
  std::map<std::string, Entry> entries_ FAULTLINE_GUARDED_BY(mutex_);
  std::vector<std::string> newly_used_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace faultline::security
