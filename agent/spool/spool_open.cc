// How a spool is opened, on whatever the last run and the disk have left.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/spool/aside.h"
#include "agent/spool/spool_impl.h"

namespace faultline::spool {
namespace {

void RemoveUnfinished(Disk& disk, const std::string& directory) {
  const absl::StatusOr<std::vector<std::string>> names = disk.List(directory);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (absl::EndsWith(name, ".tmp")) disk.Remove(absl::StrCat(directory, "/", name)).IgnoreError();
  }
}

// Makes the directory ours. What a killed run renamed or removed is durable afterwards: only then
// may anything be concluded from it.
absl::Status TakeDirectory(Disk& disk, const std::string& directory,
                           std::unique_ptr<DirectoryLock>* lock) {
  absl::Status made = MakeDirectories(disk, directory);
  if (!made.ok() && !IsDiskTrouble(made)) return made;
  auto locked = disk.Lock(directory + "/lock");
  if (!locked.ok()) return made.ok() || absl::IsAborted(locked.status()) ? locked.status() : made;
  *lock = *std::move(locked);
  if (!made.ok()) return made;
  return disk.SyncDirectory(directory);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(const SpoolOptions& options) {
  SpoolOptions bounded = options;
  bounded.segment_bytes = std::min(
      {bounded.segment_bytes, bounded.max_transition_bytes / 4, bounded.max_log_event_bytes / 4});
  SpoolImpl::Beginning begun;
  if (options.disk == nullptr) begun.own_disk = MakeDisk();
  Disk& disk = options.disk == nullptr ? *begun.own_disk : *options.disk;

  begun.trouble = TakeDirectory(disk, bounded.directory, &begun.lock);
  if (!begun.trouble.ok() && !IsDiskTrouble(begun.trouble)) return begun.trouble;
  if (begun.lock != nullptr) RemoveUnfinished(disk, bounded.directory);

  const std::string meta_path = bounded.directory + "/meta";
  const std::optional<Meta> before = LoadMeta(disk, meta_path);
  if (!before && disk.Exists(meta_path)) {
    const absl::StatusOr<std::string> aside = SetAside(disk, meta_path);
    if (!aside.ok() && !IsDiskTrouble(aside.status())) return aside.status();
    begun.notes.push_back(absl::StrCat(
        meta_path, " is damaged, set aside as ",
        aside.ok() ? *aside : std::string("nothing: ") + std::string(aside.status().message()),
        "; the spool goes on under a new id"));
  }
  begun.is_new = !before.has_value();
  begun.meta = before.value_or(Meta{NewSpoolId(), 0, "", false});
  const std::string boot_id = BootId(disk);
  begun.was_closed = before && before->closed;
  begun.same_boot = before && !boot_id.empty() && before->boot_id == boot_id;
  begun.meta.boot_id = boot_id;
  begun.meta.start_number += 1;
  begun.meta.closed = false;
  if (begun.trouble.ok()) begun.trouble = SaveMeta(disk, meta_path, begun.meta);
  if (!begun.trouble.ok() && !IsDiskTrouble(begun.trouble)) return begun.trouble;

  auto spool = std::make_unique<SpoolImpl>(bounded, disk, std::move(begun));
  absl::Status recovered = spool->Recover();
  if (!recovered.ok()) return recovered;
  spool->Start();
  return std::unique_ptr<Spool>(std::move(spool));
}

}  // namespace faultline::spool
