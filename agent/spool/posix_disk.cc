// The Disk that is one.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/spool/file_io.h"

namespace faultline::spool {
namespace {

constexpr size_t kReadMore = 64 << 10;  // of a file that grows while it is read

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

class PosixFile : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  absl::Status Append(std::string_view bytes) override {
    const absl::StatusOr<uint64_t> size = Size();
    if (!size.ok()) return size.status();
    return WriteAt(*size, bytes);
  }

  absl::Status Overwrite(std::string_view bytes) override { return WriteAt(0, bytes); }

  absl::Status Truncate(uint64_t size) override {
    if (ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return Error("truncate");
    return absl::OkStatus();
  }

  absl::StatusOr<uint64_t> Size() override {
    struct stat info {};
    if (fstat(fd_.get(), &info) != 0) return Error("look at");
    return static_cast<uint64_t>(info.st_size);
  }

  absl::Status Sync() override {
    if (fdatasync(fd_.get()) != 0) return Error("sync");
    return absl::OkStatus();
  }

 private:
  absl::Status Error(std::string_view action) const { return FileError(action, path_, errno); }

  absl::Status WriteAt(uint64_t at, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Error("write");
      at += static_cast<uint64_t>(written);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  const Descriptor fd_;
  const std::string path_;
};

class PosixLock : public DirectoryLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  const Descriptor fd_;  // flock(2) ends with it
};

class PosixDisk : public Disk {
 public:
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override {
    int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    if (mode != Mode::kContinue) flags |= O_CREAT;
    if (mode == Mode::kCreate) flags |= O_TRUNC;
    Descriptor fd(open(path.c_str(), flags, 0600));
    if (!fd.valid()) {
      return FileError(mode == Mode::kContinue ? "open" : "create", path, errno);
    }
    return std::make_unique<PosixFile>(std::move(fd), path);
  }

  absl::StatusOr<std::string> Read(const std::string& path, size_t max_bytes) override {
    const Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) return FileError("open", path, errno);
    struct stat about {};
    if (fstat(fd.get(), &about) != 0) return FileError("read", path, errno);
    // Straight into the answer and in one allocation: it may be a key, of which no copy may stay
    // behind. One byte more finds the end.
    std::string bytes(std::min(static_cast<size_t>(about.st_size), max_bytes) + 1, '\0');
    size_t size = 0;
    while (true) {
      const ssize_t got = read(fd.get(), bytes.data() + size, bytes.size() - size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FileError("read", path, errno);
      size += static_cast<size_t>(got);
      if (got == 0) {
        bytes.resize(size);
        return bytes;
      }
      if (size == bytes.size() && size <= max_bytes) bytes.resize(size + kReadMore);
      if (size > max_bytes) {
        return absl::OutOfRangeError(
            absl::StrCat(path, " is larger than ", max_bytes, " bytes: not a file of the spool"));
      }
    }
  }

  bool Exists(const std::string& path) override { return access(path.c_str(), F_OK) == 0; }

  absl::StatusOr<uint64_t> SizeOf(const std::string& path) override {
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) return FileError("look at", path, errno);
    return static_cast<uint64_t>(info.st_size);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(directory.c_str()), closedir);
    if (dir == nullptr) return FileError("list", directory, errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(dir.get())) names.emplace_back(entry->d_name);
    if (errno != 0) return FileError("list", directory, errno);
    return names;
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return FileError("rename", from, errno);
    return absl::OkStatus();
  }

  absl::Status Remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0) return FileError("remove", path, errno);
    return absl::OkStatus();
  }

  absl::Status SyncDirectory(const std::string& directory) override {
    const Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return FileError("open", directory, errno);
    if (fsync(fd.get()) != 0) return FileError("sync", directory, errno);
    return absl::OkStatus();
  }

  absl::Status MakeDirectory(const std::string& directory) override {
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      // mkdir(2) may say EROFS or ENOSPC of what is there already.
      const int error = errno;
      struct stat info {};
      if (stat(directory.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return absl::OkStatus();
      return FileError("make the directory", directory, error);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) override {
    Descriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd.valid()) {
      const int error = errno;
      // A read-only file system takes a lock all the same.
      Descriptor again(open(path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!again.valid()) return FileError("open", path, error);
      return Flock(std::move(again), path);
    }
    return Flock(std::move(fd), path);
  }

 private:
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Flock(Descriptor fd,
                                                              const std::string& path) {
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      return absl::AbortedError(absl::StrCat(
          "the spool ", ParentOf(path),
          " is in use by another process; is an agent already running with this state_dir?"));
    }
    return std::make_unique<PosixLock>(std::move(fd));
  }
};

}  // namespace

std::unique_ptr<Disk> MakeDisk() { return std::make_unique<PosixDisk>(); }

}  // namespace faultline::spool
