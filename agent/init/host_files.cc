#include "agent/init/host_files.h"

#include <dirent.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "agent/host/small_file.h"
#include "common/text.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxHostFile = 256 * 1024;
constexpr size_t kMaxNames = 1024;
constexpr size_t kMaxUnseen = 64;

std::string Literally(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (strchr("*?[\\", c) != nullptr) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

void HostFiles::Remember(const std::string& path, const std::string& why) {
  if (unseen_.size() < kMaxUnseen) unseen_.insert(CleanText(absl::StrCat(path, ": ", why), 300));
}

std::optional<std::string> HostFiles::Read(const std::string& path) {
  absl::StatusOr<std::string> text = host::ReadSmallFile(root_ + path, kMaxHostFile + 1);
  if (!text.ok()) {
    if (absl::IsPermissionDenied(text.status())) Remember(path, "may not be read");
    return std::nullopt;
  }
  if (text->size() > kMaxHostFile) {
    Remember(path, "is larger than 256 KiB");
    return std::nullopt;
  }
  return *std::move(text);
}

std::vector<std::string> HostFiles::List(const std::string& directory) {
  std::vector<std::string> names;
  DIR* opened = opendir((root_ + directory).c_str());
  if (opened == nullptr) {
    if (errno == EACCES) Remember(directory, "may not be read");
    return names;
  }
  while (const dirent* entry = readdir(opened)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (names.size() == kMaxNames) {
      Remember(directory, "holds more than 1024 names");
      break;
    }
    names.push_back(name);
  }
  closedir(opened);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> HostFiles::Glob(const std::string& pattern) {
  std::vector<std::string> paths;
  glob_t found{};
  if (glob((Literally(root_) + pattern).c_str(), 0, nullptr, &found) == 0) {
    const size_t count = std::min<size_t>(found.gl_pathc, kMaxNames);
    for (size_t i = 0; i < count; ++i) {
      paths.push_back(std::string(found.gl_pathv[i]).substr(root_.size()));
    }
  }
  globfree(&found);
  return paths;
}

bool HostFiles::Exists(const std::string& path) const {
  struct stat info {};
  return stat((root_ + path).c_str(), &info) == 0;
}

bool HostFiles::IsFile(const std::string& path) const {
  struct stat info {};
  return stat((root_ + path).c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string HostFiles::LinkTarget(const std::string& path) const {
  std::array<char, 4096> target;
  const ssize_t n = readlink((root_ + path).c_str(), target.data(), target.size());
  return n <= 0 ? "" : std::string(target.data(), static_cast<size_t>(n));
}

}  // namespace faultline::init
