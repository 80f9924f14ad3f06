#include "agent/spool/segment_writer.h"

#include <utility>

namespace faultline::spool {

void SegmentWriter::Continue(Disk& disk, const std::string& path, size_t bytes) {
  auto file = disk.Open(path, Disk::Mode::kContinue);
  if (!file.ok()) return Close();
  const absl::StatusOr<uint64_t> size = (*file)->Size();
  // The last run may have been killed between a write and its sync: what was read back came from
  // memory. Known to be on the medium only now.
  if (!size.ok() || *size != bytes || !(*file)->Sync().ok()) return Close();
  file_ = *std::move(file);
  bytes_ = bytes;
}

absl::Status SegmentWriter::Begin(Disk& disk, const std::string& path) {
  Close();
  auto file = disk.Open(path, Disk::Mode::kCreate);
  if (!file.ok()) return file.status();
  const absl::Status synced = disk.SyncDirectory(ParentOf(path));
  if (!synced.ok()) return synced;
  file_ = *std::move(file);
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status SegmentWriter::Write(const std::string& frames) {
  absl::Status status = file_->Append(frames);
  const bool sync_failed = status.ok() && !(status = file_->Sync()).ok();
  if (status.ok()) {
    bytes_ += frames.size();
    return status;
  }
  // After a failed sync nobody knows which pages are on disk: the file is not written to again, and
  // recovery sorts out what is in it.
  if (!file_->Truncate(bytes_).ok() || sync_failed) Close();
  return status;
}

}  // namespace faultline::spool
