#include "agent/spool/aside.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace faultline::spool {
namespace {

constexpr char kSuffix[] = ".bad";

// The spool's lock is held: nobody takes the name meanwhile.
absl::StatusOr<std::string> FreeName(Disk& disk, const std::string& path) {
  for (int attempt = 1; attempt <= 1000; ++attempt) {
    const std::string name =
        attempt == 1 ? path + kSuffix : absl::StrCat(path, ".", attempt, kSuffix);
    if (!disk.Exists(name)) return name;
  }
  return absl::ResourceExhaustedError(absl::StrCat("too many files ", path, ".*.bad; remove some"));
}

}  // namespace

absl::StatusOr<std::string> SetAside(Disk& disk, const std::string& path) {
  const absl::StatusOr<std::string> name = FreeName(disk, path);
  if (!name.ok()) return name.status();
  const absl::Status renamed = disk.Rename(path, *name);
  if (!renamed.ok()) return renamed;
  return *name;
}

absl::Status Salvage(Disk& disk, const std::string& path, std::string_view damaged,
                     std::string_view bytes, std::string* aside) {
  aside->clear();
  const absl::StatusOr<std::string> name = FreeName(disk, path);
  if (!name.ok()) return name.status();
  const absl::Status copied = ReplaceFile(disk, *name, damaged);
  if (!copied.ok()) return copied;
  *aside = *name;
  return ReplaceFile(disk, path, bytes);
}

void BoundAside(Disk& disk, const std::string& directory) {
  const absl::StatusOr<std::vector<std::string>> names = disk.List(directory);
  if (!names.ok()) return;
  std::vector<std::string> aside;
  for (const std::string& name : *names) {
    if (absl::EndsWith(name, kSuffix)) aside.push_back(name);
  }
  // Names carry sequence numbers, which grow: within a stream the order of names is that of age.
  std::sort(aside.begin(), aside.end(), std::greater<>());
  size_t files = 0;
  size_t bytes = 0;
  for (const std::string& name : aside) {
    const std::string path = absl::StrCat(directory, "/", name);
    bytes += disk.SizeOf(path).value_or(0);
    const bool is_first = ++files == 1;
    if (!is_first && (files > kMaxAsideFiles || bytes > kMaxAsideBytes)) {
      disk.Remove(path).IgnoreError();
    }
  }
}

}  // namespace faultline::spool
