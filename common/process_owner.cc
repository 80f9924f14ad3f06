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

bool IsPerson(unsigned user) { return user >= 1000 && user < 60'000; }

std::string HowToMayRead(const std::string& path) {
  if (IsPerson(geteuid())) return "type the same with sudo (the file is for the service's user)";
  return "give it read access, for example: chgrp " + OwnGroup() + " " + path + " && chmod 640 " +
         path;
}

std::string HowToMayWrite(const std::string& path) {
  if (IsPerson(geteuid())) return "type the same with sudo (the place is for the service's user)";
  return "name another place, or type: chown " + OwnUser() + " " + path;
}

}  // namespace faultline
