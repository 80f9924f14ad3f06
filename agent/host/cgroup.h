// The cgroups of a unit, as the ids that sock_diag gives for sockets (inode numbers of directories
// of the cgroup v2 hierarchy).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace faultline::host {

// Where the v2 hierarchy is mounted: /sys/fs/cgroup, or /sys/fs/cgroup/unified on hybrid hosts;
// empty where there is none. `sys_fs_cgroup` is a parameter for tests.
std::string UnifiedCgroupRoot(const std::string& sys_fs_cgroup = "/sys/fs/cgroup");

// From /proc/PID/cgroup's text: the v2 path up to the unit's own directory
// ("0::/system.slice/mysql.service/worker" and mysql.service give "/system.slice/mysql.service").
// Empty when the process is not in the unit's cgroup, or the text is no such file.
std::string UnitCgroupPath(const std::string& proc_cgroup, const std::string& unit);

struct UnitCgroups {
  bool known = false;      // false: this host cannot tell
  std::set<uint64_t> ids;  // the unit's directory and those below it (at most 256)
};

// `main_pid` (0 = unknown) tells where the unit is; else it is looked for in system.slice.
UnitCgroups FindUnitCgroups(const std::string& unit, uint32_t main_pid, const std::string& root,
                            const std::string& proc = "/proc");

// The unit that each id belongs to, the services' own directories and those below them: the other
// way round, for all units at once. At most 8192 directories, 8 deep.
std::map<uint64_t, std::string> UnitsByCgroup(const std::string& root);

// Ids whose sockets say nothing of their owner: the root and init.scope, where systemd itself
// opens sockets on behalf of units (socket activation).
std::set<uint64_t> SystemdCgroups(const std::string& root);

}  // namespace faultline::host
