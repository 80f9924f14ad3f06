#include "agent/host/filesystem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/host/mount_table.h"
#include "agent/host/small_file.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxMountinfo = 4 * 1024 * 1024;

struct Free {
  void operator()(char* text) const { free(text); }
};

absl::Status FilesystemFailure(int error, const std::string& path) {
  if (error == EIO || error == EUCLEAN || error == ESHUTDOWN) {
    return absl::DataLossError(absl::StrCat(path, ": ", std::string(strerror(error))));
  }
  return absl::ErrnoToStatus(error, path);
}

// The mount's number where the kernel tells it (5.8 and later), else by the longest name.
const Mount* FindMount(const std::vector<Mount>& mounts, const std::string& real_path) {
  struct statx info {};
  if (statx(AT_FDCWD, real_path.c_str(), AT_STATX_DONT_SYNC, STATX_MNT_ID, &info) == 0 &&
      (info.stx_mask & STATX_MNT_ID) != 0) {
    if (const Mount* mount = FindMountById(mounts, info.stx_mnt_id)) return mount;
  }
  return FindMountByPath(mounts, real_path);
}

}  // namespace

absl::StatusOr<FilesystemFacts> LookAtFilesystem(const std::string& path,
                                                 const std::string& fstab) {
  const std::unique_ptr<char, Free> real(realpath(path.c_str(), nullptr));
  if (real == nullptr) return FilesystemFailure(errno, path);
  FilesystemFacts facts;
  facts.real_path = real.get();
  struct statvfs space {};
  if (statvfs(real.get(), &space) != 0) return FilesystemFailure(errno, path);
  const uint64_t block = space.f_frsize != 0 ? space.f_frsize : space.f_bsize;
  facts.size_bytes = space.f_blocks * block;
  facts.free_bytes = std::min<uint64_t>(space.f_bfree, space.f_blocks) * block;
  facts.available_bytes = std::min<uint64_t>(space.f_bavail, space.f_bfree) * block;
  facts.files = space.f_files;
  facts.files_free = std::min<uint64_t>(space.f_ffree, space.f_files);

  const absl::StatusOr<std::string> text = ReadSmallFile("/proc/self/mountinfo", kMaxMountinfo);
  if (!text.ok()) return facts;
  const std::vector<Mount> mounts = ParseMountinfo(*text);
  const Mount* mount = FindMount(mounts, facts.real_path);
  if (mount == nullptr) return facts;
  facts.mount_point = mount->mount_point;
  facts.type = mount->type;
  facts.source = mount->source;
  facts.read_only = HasOption(mount->super_options, "ro");
  facts.error_read_only = HasOption(mount->super_options, "emergency_ro");
  if (const auto wanted = ReadSmallFile(fstab, kMaxMountinfo); wanted.ok()) {
    facts.wanted_writable = WantedWritable(*wanted, facts.mount_point).value_or(false);
  }
  return facts;
}

}  // namespace faultline::host
