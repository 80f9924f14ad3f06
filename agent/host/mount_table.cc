#include "agent/host/mount_table.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxMounts = 4096;
constexpr size_t kMaxField = 4096;

std::vector<std::string_view> Fields(std::string_view line) {
  std::vector<std::string_view> fields;
  for (const auto field : absl::StrSplit(absl::string_view(line.data(), line.size()),
                                         absl::ByAnyChar(" \t"), absl::SkipEmpty())) {
    fields.emplace_back(field.data(), field.size());
  }
  return fields;
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// Space, tab, newline and backslash come as "\040" and the like.
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size() && out.size() < kMaxField; ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && IsOctal(text[i + 1]) &&
                        IsOctal(text[i + 2]) && IsOctal(text[i + 3]);
    if (!escape) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                    (text[i + 3] - '0')));
    i += 3;
  }
  return out;
}

bool Holds(std::string_view mount_point, std::string_view path) {
  if (mount_point == "/") return !path.empty() && path[0] == '/';
  return path.substr(0, mount_point.size()) == mount_point &&
         (path.size() == mount_point.size() || path[mount_point.size()] == '/');
}

// "36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/sda rw,errors=continue"
std::optional<Mount> ParseLine(std::string_view line) {
  const std::vector<std::string_view> fields = Fields(line);
  size_t dash = 6;  // any number of optional fields stands before it
  while (dash < fields.size() && fields[dash] != "-") ++dash;
  if (dash + 3 >= fields.size()) return std::nullopt;
  Mount mount;
  if (!absl::SimpleAtoi(absl::string_view(fields[0].data(), fields[0].size()), &mount.id)) {
    return std::nullopt;
  }
  mount.mount_point = Unescape(fields[4]);
  mount.type = Unescape(fields[dash + 1]);
  mount.source = Unescape(fields[dash + 2]);
  mount.super_options = std::string(fields[dash + 3].substr(0, kMaxField));
  if (mount.mount_point.empty() || mount.mount_point[0] != '/') return std::nullopt;
  return mount;
}

}  // namespace

std::vector<Mount> ParseMountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const auto line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    if (mounts.size() >= kMaxMounts) break;
    if (auto mount = ParseLine({line.data(), line.size()})) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

const Mount* FindMountByPath(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* found = nullptr;
  for (const Mount& mount : mounts) {
    if (!Holds(mount.mount_point, path)) continue;
    if (found == nullptr || mount.mount_point.size() >= found->mount_point.size()) found = &mount;
  }
  return found;
}

const Mount* FindMountById(const std::vector<Mount>& mounts, uint64_t id) {
  for (const Mount& mount : mounts) {
    if (mount.id == id) return &mount;
  }
  return nullptr;
}

bool HasOption(std::string_view options, std::string_view option) {
  for (const auto one : absl::StrSplit(absl::string_view(options.data(), options.size()), ',')) {
    if (std::string_view(one.data(), one.size()) == option) return true;
  }
  return false;
}

std::optional<bool> WantedWritable(std::string_view fstab, std::string_view mount_point) {
  for (const auto line : absl::StrSplit(absl::string_view(fstab.data(), fstab.size()), '\n')) {
    const std::vector<std::string_view> fields = Fields({line.data(), line.size()});
    if (fields.size() < 4 || fields[0][0] == '#') continue;
    if (Unescape(fields[1]) == mount_point) return !HasOption(fields[3], "ro");
  }
  return std::nullopt;
}

}  // namespace faultline::host
