#include "agent/host/rights.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace faultline::host {
namespace {

// Those that a check may need.
constexpr std::array<std::pair<const char*, int>, 7> kCapabilities = {{
    {"CAP_NET_RAW", CAP_NET_RAW},
    {"CAP_NET_ADMIN", CAP_NET_ADMIN},
    {"CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH},
    {"CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE},
    {"CAP_SYS_PTRACE", CAP_SYS_PTRACE},
    {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
    {"CAP_SYSLOG", CAP_SYSLOG},
}};

}  // namespace

bool HasCapability(const std::string& name) {
  const auto known = std::find_if(kCapabilities.begin(), kCapabilities.end(),
                                  [&](const auto& each) { return name == each.first; });
  if (known == kCapabilities.end()) return false;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  const auto number = static_cast<unsigned>(known->second);
  return (data[number / 32].effective & (1u << (number % 32))) != 0;
}

bool InGroup(const std::string& name) {
  if (HasCapability("CAP_DAC_READ_SEARCH") || HasCapability("CAP_DAC_OVERRIDE")) return true;
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(16384);
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return false;
  }
  if (getegid() == found->gr_gid) return true;
  std::vector<gid_t> groups(static_cast<size_t>(std::max(getgroups(0, nullptr), 0)));
  const int count = getgroups(static_cast<int>(groups.size()), groups.data());
  if (count < 0) return false;
  return std::find(groups.begin(), groups.begin() + count, found->gr_gid) != groups.begin() + count;
}

}  // namespace faultline::host
