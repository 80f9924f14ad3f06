#include "common/service_account.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

namespace faultline {
namespace {

// In the order of their word (systemd.unit(5), "UNIT FILE LOAD PATH").
constexpr std::array<std::string_view, 4> kUnitFolders = {
    "/etc/systemd/system/", "/run/systemd/system/", "/usr/lib/systemd/system/",
    "/lib/systemd/system/"};
constexpr size_t kMaxGroups = 256;
constexpr int kAll = 0;
constexpr int kCannotBecome = 255;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string> WordsIn(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string TextOf(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The unit's own file and its drop-ins, as systemd reads them; empty: not installed.
std::vector<std::filesystem::path> FilesOf(const std::string& unit, const std::string& root) {
  std::vector<std::filesystem::path> files;
  std::map<std::string, std::filesystem::path> drop_ins;  // by name: the first folder's counts
  std::error_code ignored;
  for (const std::string_view folder : kUnitFolders) {
    const std::string place = root + std::string(folder) + unit;
    if (files.empty() && std::filesystem::is_regular_file(place, ignored))
      files.emplace_back(place);
    for (const auto& entry : std::filesystem::directory_iterator(place + ".d", ignored)) {
      if (entry.path().extension() == ".conf") {
        drop_ins.emplace(entry.path().filename(), entry.path());
      }
    }
  }
  if (files.empty()) return {};
  for (const auto& [name, path] : drop_ins) files.push_back(path);
  return files;
}

std::optional<gid_t> GroupNumber(const std::string& name) {
  group entry{};
  group* found = nullptr;
  std::array<char, 16384> buffer{};
  getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

std::string GroupName(gid_t number) {
  group entry{};
  group* found = nullptr;
  std::array<char, 16384> buffer{};
  getgrgid_r(number, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->gr_name : std::to_string(number);
}

// In the child, alone in its process: no library may be used that could hold a lock. Only this one
// thread, so the calls of the kernel itself are enough.
int FirstClosed(const ServiceAccount& account, const std::vector<std::string>& places) {
  if (syscall(SYS_setgroups, account.groups.size(), account.groups.data()) != 0 ||
      syscall(SYS_setresgid, account.gid, account.gid, account.gid) != 0 ||
      syscall(SYS_setresuid, account.uid, account.uid, account.uid) != 0) {
    return kCannotBecome;
  }
  for (size_t i = 0; i < places.size(); ++i) {
    const bool is_file = i + 1 == places.size();
    if (access(places[i].c_str(), is_file ? R_OK : X_OK) != 0) {
      return errno == EACCES ? static_cast<int>(i) + 1 : kAll;
    }
  }
  return kAll;
}

}  // namespace

void AddUnitFile(std::string_view text, UnitIdentity* identity) {
  bool in_service = false;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = Trimmed(text.substr(at, end - at));
    at = end + 1;
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') in_service = line == "[Service]";
    const size_t equals = line.find('=');
    if (!in_service || equals == std::string_view::npos) continue;
    const std::string_view key = Trimmed(line.substr(0, equals));
    const std::string value(Trimmed(line.substr(equals + 1)));
    if (key == "User") identity->user = value;
    if (key == "Group") identity->group = value;
    if (key != "SupplementaryGroups") continue;
    if (value.empty()) identity->supplementary.clear();
    for (std::string& word : WordsIn(value)) identity->supplementary.push_back(std::move(word));
  }
}

std::optional<ServiceAccount> FindServiceAccount(const std::string& unit, const std::string& root) {
  UnitIdentity identity;
  for (const std::filesystem::path& file : FilesOf(unit, root)) {
    AddUnitFile(TextOf(file), &identity);
  }
  if (identity.user.empty()) return std::nullopt;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> buffer{};
  getpwnam_r(identity.user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr || found->pw_uid == 0) return std::nullopt;
  ServiceAccount account{.user = identity.user, .uid = found->pw_uid, .gid = found->pw_gid};
  if (!identity.group.empty()) {
    const std::optional<gid_t> group = GroupNumber(identity.group);
    if (!group.has_value()) return std::nullopt;
    account.gid = *group;
  }
  account.group = GroupName(account.gid);
  account.groups.resize(kMaxGroups);
  int count = kMaxGroups;
  if (getgrouplist(identity.user.c_str(), account.gid, account.groups.data(), &count) < 0) {
    count = kMaxGroups;
  }
  account.groups.resize(static_cast<size_t>(count));
  for (const std::string& name : identity.supplementary) {
    if (const auto number = GroupNumber(name)) account.groups.push_back(*number);
  }
  return account;
}

std::string UnreadableFor(const ServiceAccount& account, const std::string& path) {
  std::vector<std::string> places;  // "/", "/etc", "/etc/faultline", the file
  for (size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    places.push_back(slash == 0 ? "/" : path.substr(0, slash));
  }
  places.push_back(path);
  if (places.size() >= kCannotBecome) return "";
  // Without the handlers that libraries have for fork: the child uses none of them.
  const pid_t child = _Fork();
  if (child == 0) _exit(FirstClosed(account, places));
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == kCannotBecome) return "";
  const int closed = WEXITSTATUS(status);
  return closed == kAll ? "" : places[static_cast<size_t>(closed) - 1];
}

}  // namespace faultline
