// The built faultline-agent on a host whose DNS server is silent: what /etc/hosts has is found all
// the same, and of another name it is said that it has no address.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/fakes/temp_directory.h"

namespace faultline::agent {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kNoNamespace = 77;

// A network and mounts of its own, with a DNS server that takes questions and never answers. Its
// socket goes on to the program. False: not to be had here.
bool EnterHostWithDeadDns(const std::string& resolver, const std::string& hosts) {
  if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) return false;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const int server = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq loopback{};
  std::string("lo").copy(loopback.ifr_name, sizeof(loopback.ifr_name) - 1);
  loopback.ifr_flags = IFF_UP;
  if (ioctl(server, SIOCSIFFLAGS, &loopback) != 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
         mount(resolver.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) == 0 &&
         mount(hosts.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) == 0;
}

class DeadDnsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to make namespaces";
    std::ofstream(temp_ / "resolv.conf") << "nameserver 127.0.0.1\n";
    std::ofstream(temp_ / "hosts") << "127.0.0.1 localhost collector.example\n";
    std::ofstream(temp_ / "token") << "ftok.abcdefghij.abcdefghijklmnopqrstuvwxyz\n";
    chmod((temp_ / "token").c_str(), 0600);
  }

  // What `join` says of a collector of this name, where nothing listens.
  int Join(const std::string& name) {
    const std::string said = temp_ / "said";
    const pid_t child = fork();
    if (child == 0) {
      if (!EnterHostWithDeadDns(temp_ / "resolv.conf", temp_ / "hosts")) _exit(kNoNamespace);
      const int out = open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(out, STDOUT_FILENO);
      dup2(out, STDERR_FILENO);
      unsetenv("GRPC_DNS_RESOLVER");
      unsetenv("RES_OPTIONS");
      execl(FAULTLINE_COMMAND, FAULTLINE_COMMAND, "join", "--collector", name.c_str(),
            "--token-file", (temp_ / "token").c_str(), "--state-dir", (temp_ / "state").c_str(),
            nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    std::ifstream in(said);
    said_.assign(std::istreambuf_iterator<char>(in), {});
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const fakes::TempDirectory temp_;
  std::string said_;
};

TEST_F(DeadDnsTest, ANameInEtcHostsIsFound) {
  const int code = Join("collector.example:1");
  if (code == kNoNamespace) GTEST_SKIP() << "no namespaces here";
  EXPECT_EQ(code, 1);
  EXPECT_THAT(said_, HasSubstr("127.0.0.1:1"));
  EXPECT_THAT(said_, HasSubstr("Connection refused"));
}

TEST_F(DeadDnsTest, ANameThatNobodyKnowsIsSaidToHaveNoAddress) {
  const int code = Join("nobody.example:1");
  if (code == kNoNamespace) GTEST_SKIP() << "no namespaces here";
  EXPECT_EQ(code, 1);
  EXPECT_THAT(said_, HasSubstr("the name nobody.example has no address: the resolver says \""));
  EXPECT_THAT(said_, HasSubstr("getent ahosts nobody.example"));
  EXPECT_THAT(said_, Not(HasSubstr("enrolment port")));
  EXPECT_THAT(said_, Not(HasSubstr("ares")));
}

}  // namespace
}  // namespace faultline::agent
