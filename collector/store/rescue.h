// What people were told while the store could not be written: a small database beside it whose
// room is taken beforehand and then written in place, so that a full disk does not keep it from
// being written. Where files are copied on each write (btrfs, ZFS) it is as helpless as the store.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collector/store/outbox_types.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"

namespace faultline::store {

// One thread at a time. Nothing here fails: without it the collector does what it otherwise does,
// and says once in the log that it cannot remember through a restart what it tells.
class Rescue {
 public:
  // Makes the file (mode 0600) with its room, when there is some. One that is damaged is made anew.
  static Rescue Open(const std::string& path);

  // `mark` says what was told and has the notification.
  void Keep(const OutboxMark& mark);
  // All that was kept since the last Clear, by this process or the one before; each with its
  // incident as it was told.
  std::vector<OutboxMark> Kept();
  void Clear();

 private:
  explicit Rescue(std::string path) : path_(std::move(path)) {}
  absl::Status Prepare();
  absl::Status Write(const OutboxMark& mark);
  absl::StatusOr<std::vector<OutboxMark>> Read();

  std::string path_;
  std::unique_ptr<Connection> connection_;  // null: there is no room
  bool empty_ = true;
  bool complained_ = false;
};

// Both take what was kept: an incident that the store does not have, or has older, is as it was
// told; and that the channel was told. The second for who reads before the first was possible.
absl::Status WriteRescued(Connection& writer, const std::vector<OutboxMark>& kept);
void AddRescued(const std::vector<OutboxMark>& kept, Loaded& loaded);

}  // namespace faultline::store
