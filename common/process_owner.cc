#include "common/process_owner.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>

namespace faultline {

std::string OwnUser() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : std::to_string(geteuid());
}

std::string OwnGroup() {
  group entry{};
  group* found = nullptr;
  std::array<char, 4096> buffer{};
  getgrgid_r(getegid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->gr_name : std::to_string(getegid());
}

}  // namespace faultline
