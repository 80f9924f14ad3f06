#include "agent/host/cgroup.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxIds = 256;

bool IsCgroup2(const std::string& path) {
  struct statfs info {};
  return statfs(path.c_str(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

bool AddDirectory(const std::string& path, std::set<uint64_t>* ids) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
  ids->insert(info.st_ino);
  return true;
}

std::string ReadSmall(const std::string& path) {
  std::ifstream in(path);
  std::string text(4096, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace

std::string UnifiedCgroupRoot(const std::string& sys_fs_cgroup) {
  for (const std::string& root : {sys_fs_cgroup, sys_fs_cgroup + "/unified"}) {
    if (IsCgroup2(root)) return root;
  }
  return "";
}

std::string UnitCgroupPath(const std::string& proc_cgroup, const std::string& unit) {
  const std::vector<std::string> lines = absl::StrSplit(proc_cgroup, '\n');
  for (const std::string& line : lines) {
    if (line.rfind("0::/", 0) != 0) continue;
    const std::vector<std::string> parts = absl::StrSplit(line.substr(4), '/');
    std::string path;
    for (const std::string& part : parts) {
      if (part.empty() || part == "." || part == "..") return "";
      absl::StrAppend(&path, "/", part);
      if (part == unit) return path;
    }
  }
  return "";
}

UnitCgroups FindUnitCgroups(const std::string& unit, uint32_t main_pid, const std::string& root,
                            const std::string& proc) {
  UnitCgroups found;
  if (root.empty() || unit.empty() || unit.find('/') != std::string::npos) return found;
  std::string path;
  if (main_pid != 0) {
    path = UnitCgroupPath(ReadSmall(absl::StrCat(proc, "/", main_pid, "/cgroup")), unit);
  }
  if (path.empty()) path = absl::StrCat("/system.slice/", unit);
  const std::string directory = root + path;
  if (!AddDirectory(directory, &found.ids)) return found;
  found.known = true;
  std::error_code error;
  std::filesystem::recursive_directory_iterator below(
      directory, std::filesystem::directory_options::skip_permission_denied, error);
  // Directories come and go while we look: what is gone is no socket's owner.
  while (!error && below != std::filesystem::recursive_directory_iterator() &&
         found.ids.size() < kMaxIds) {
    std::error_code gone;
    if (below->is_directory(gone)) AddDirectory(below->path(), &found.ids);
    below.increment(error);
  }
  return found;
}

std::map<uint64_t, std::string> UnitsByCgroup(const std::string& root) {
  constexpr size_t kMaxDirectories = 8192;
  constexpr int kMaxDepth = 8;
  std::map<uint64_t, std::string> units;
  if (root.empty()) return units;
  std::vector<std::string> above(kMaxDepth + 1);  // the unit at each depth of the way down
  std::error_code error;
  std::filesystem::recursive_directory_iterator each(
      root, std::filesystem::directory_options::skip_permission_denied, error);
  for (size_t seen = 0;
       !error && each != std::filesystem::recursive_directory_iterator() && seen < kMaxDirectories;
       each.increment(error)) {
    struct stat info {};
    if (stat(each->path().c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) continue;
    ++seen;
    const int depth = each.depth();
    if (depth == kMaxDepth) each.disable_recursion_pending();
    const std::string name = each->path().filename();
    const bool service = name.size() > 8 && name.ends_with(".service");
    // A user's manager and its services are below a service of their own; the outermost counts.
    std::string unit = depth > 0 ? above[depth - 1] : "";
    if (unit.empty() && service) unit = name;
    if (!unit.empty()) units.emplace(info.st_ino, unit);
    above[depth] = unit;
  }
  return units;
}

std::set<uint64_t> SystemdCgroups(const std::string& root) {
  std::set<uint64_t> ids;
  if (root.empty()) return ids;
  for (const char* path : {"", "/init.scope"}) AddDirectory(root + path, &ids);
  return ids;
}

}  // namespace faultline::host
