#include "agent/spool/segment_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace faultline::spool {

void SegmentWriter::Continue(const std::string& path, size_t bytes) {
  fd_ = FileDescriptor(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  struct stat info {};
  if (!fd_.valid() || fstat(fd_.get(), &info) != 0 || static_cast<size_t>(info.st_size) != bytes) {
    return Close();
  }
  path_ = path;
  bytes_ = bytes;
}

absl::Status SegmentWriter::Begin(const std::string& directory, const std::string& path) {
  fd_ =
      FileDescriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!fd_.valid()) return FileError("create", path, errno);
  path_ = path;
  bytes_ = 0;
  const absl::Status synced = SyncDirectory(directory);
  if (!synced.ok()) Close();
  return synced;
}

absl::Status SegmentWriter::Write(const std::string& frames) {
  absl::Status status = WriteAll(fd_.get(), frames, path_);
  const bool sync_failed = status.ok() && !(status = SyncFile(fd_.get(), path_)).ok();
  if (status.ok()) {
    bytes_ += frames.size();
    return status;
  }
  // After a failed sync nobody knows which pages are on disk: the file is not written to again, and
  // recovery sorts out what is in it.
  if (ftruncate(fd_.get(), static_cast<off_t>(bytes_)) != 0 || sync_failed) Close();
  return status;
}

}  // namespace faultline::spool
