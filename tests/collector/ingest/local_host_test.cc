#include "collector/ingest/local_host.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"

namespace faultline::ingest {
namespace {

// "AF_UNIX AF_INET ..." of the installed unit.
std::string FamiliesOfTheUnit() {
  std::ifstream file(FAULTLINE_SOURCE_DIR "/deploy/systemd/faultline-collector.service");
  constexpr char kKey[] = "RestrictAddressFamilies=";
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, kKey)) return line.substr(sizeof(kKey) - 1);
  }
  return "";
}

// As systemd does it: socket() of any other family fails. For the rest of this process.
bool AllowOnly(const std::string& families) {
  std::vector<sock_filter> filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
  };
  std::istringstream words(families);
  for (std::string name; words >> name;) {
    const unsigned family = name == "AF_UNIX"      ? AF_UNIX
                            : name == "AF_INET"    ? AF_INET
                            : name == "AF_INET6"   ? AF_INET6
                            : name == "AF_NETLINK" ? AF_NETLINK
                                                   : AF_UNSPEC;
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, family, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT));
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(LocalHostTest, AllOfItsAddressesAreHere) {
  EXPECT_TRUE(IsThisHost({"127.0.0.1"}));
  EXPECT_FALSE(IsThisHost({"127.0.0.1", "192.0.2.1"})) << "one that both have does not do";
  EXPECT_FALSE(IsThisHost({"192.0.2.1"}));
  EXPECT_FALSE(IsThisHost({})) << "nobody knows";
}

TEST(LocalHostDeathTest, ItKnowsSoWithinTheLimitsOfItsUnit) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::string families = FamiliesOfTheUnit();
  ASSERT_NE(families, "");
  EXPECT_EXIT(std::exit(!AllowOnly(families)        ? 2
                        : IsThisHost({"127.0.0.1"}) ? 0
                                                    : 1),
              testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace faultline::ingest
