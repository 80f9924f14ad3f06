// The spool's small files beside the segments:
//
//   meta          who the spool is, how often it was opened, whether the last run closed it
//   acknowledged  positions up to which the collector has everything; written lazily, may lag
//   used          highest sequence numbers that anybody outside may have seen; kept up by plain
//                 writes, so that it is right after a kill but not after a power loss
//
// None of them says where records lie: that is read from the segments themselves.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "agent/spool/file_io.h"
#include "common/mutex.h"

namespace faultline::spool {

inline constexpr size_t kStreams = 2;  // index 0: transitions, 1: log events
using Positions = std::array<uint64_t, kStreams>;

struct Meta {
  std::string id;  // 32 hex digits
  uint64_t start_number = 0;
  std::string boot_id;  // of the run that wrote it
  bool closed = false;  // true: that run has ended with everything on disk
};

// nullopt when the file is absent or not what SaveMeta writes.
std::optional<Meta> LoadMeta(Disk& disk, const std::string& path);
// Durable on return. On a full disk it overwrites in place, which needs no space; so does
// SaveAcknowledged, or a spool that fills its disk could never be emptied.
absl::Status SaveMeta(Disk& disk, const std::string& path, const Meta& meta);

std::optional<Positions> LoadAcknowledged(Disk& disk, const std::string& path);
absl::Status SaveAcknowledged(Disk& disk, const std::string& path, const Positions& positions);

// Thread-safe.
class UsedMark {
 public:
  // Makes the file when it is absent. Where it cannot be made or written now, every Raise tries
  // again; nothing fails. `disk` must outlive the mark.
  UsedMark(Disk& disk, const std::string& path);
  // What the file said when it was opened; nullopt when it was absent or damaged.
  const std::optional<Positions>& found() const { return found_; }
  // Notes that numbers up to `seq` are used. One small write when that is news.
  void Raise(size_t stream, uint64_t seq);
  void Sync();

 private:
  void Write() FAULTLINE_REQUIRES(mutex_);

  Disk& disk_;
  const std::string path_;
  std::optional<Positions> found_;
  Mutex mutex_;
  std::unique_ptr<File> file_ FAULTLINE_GUARDED_BY(mutex_);
  Positions used_ FAULTLINE_GUARDED_BY(mutex_) = {};
  bool written_ FAULTLINE_GUARDED_BY(mutex_) = true;
};

// /proc/sys/kernel/random/boot_id; empty when it cannot be read.
std::string BootId(Disk& disk);
// 16 random bytes as hex, from the kernel.
std::string NewSpoolId();

}  // namespace faultline::spool
