// What is mounted where, from /proc/self/mountinfo and /etc/fstab: PURE parsing.
//
// A mount has options of its own and of the file system under it (the superblock). Only the latter
// tell whether the file system has gone read-only: systemd's ProtectSystem=strict makes every mount
// that this process sees read-only, and statvfs(2) with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::host {

struct Mount {
  uint64_t id = 0;  // as statx(2) says it: stx_mnt_id
  std::string mount_point;
  std::string type;           // "ext4", "nfs4", "tmpfs"
  std::string source;         // "/dev/nvme0n1p1", "server:/export"
  std::string super_options;  // "rw,errors=remount-ro"
};

// The lines of proc_pid_mountinfo(5); those of another form are left out. At most 4096, names with
// their octal escapes resolved and at most 4096 bytes long.
std::vector<Mount> ParseMountinfo(std::string_view text);

// The mount that `path` (absolute, without symlinks) lies on by its name: of those whose mount
// point holds it the longest, and of equals the last, which hides the others. nullptr when there is
// none.
const Mount* FindMountByPath(const std::vector<Mount>& mounts, std::string_view path);
const Mount* FindMountById(const std::vector<Mount>& mounts, uint64_t id);

// True when a comma-separated list of options holds `option`.
bool HasOption(std::string_view options, std::string_view option);

// How fstab(5) wants `mount_point` mounted: true read-write, false read-only, nullopt when it has
// no line for it.
std::optional<bool> WantedWritable(std::string_view fstab, std::string_view mount_point);

}  // namespace faultline::host
