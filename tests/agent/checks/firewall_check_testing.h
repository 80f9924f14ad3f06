// The firewall check on the real kernel: a network namespace of its own for each test, and real
// iptables and nft in it.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/agent/checks/check_testing.h"
#include "tests/fakes/net_namespace.h"

namespace faultline::checks {

class FirewallCheckTest : public CheckTest {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to make a network namespace";
    namespace_.emplace();
    if (!namespace_->entered()) GTEST_SKIP() << "cannot make a network namespace here";
    for (const char* program : {"nft", "iptables", "ip6tables"}) {
      if (!Host::Has(program)) GTEST_SKIP() << "needs " << program << " (scripts/setup test)";
    }
    // An address that clients use.
    if (Host::Run("ip link add eth0 type veth peer name far0 && ip link set far0 up && "
                  "ip addr add 10.0.2.10/24 dev eth0 && ip link set eth0 up && ip route add "
                  "default via 10.0.2.1") != 0) {
      GTEST_SKIP() << "this kernel has no veth interfaces";
    }
  }

  void Watch(const std::string& target, const std::vector<std::string>& clients = {}) {
    config::CheckConfig config = Config("firewall", target);
    if (!clients.empty()) {
      SetOption(&config, "clients", clients);
      config.options["clients"].is_list = true;
    }
    SetOption(&config, "window", {"200ms"});
    ASSERT_NO_FATAL_FAILURE(Start(config));
    ASSERT_TRUE(Until([&] { return !sink_.seen.empty(); }));
  }

  // Types a line and waits until the check says this; prints how long that took from the key
  // stroke.
  bool TypeUntilSaw(const std::string& line, State state, const std::string& reason) {
    const auto typed = std::chrono::steady_clock::now();
    const size_t before = sink_.seen.size();
    if (Host::Run(line) != 0) return false;
    const auto done = std::chrono::steady_clock::now();
    const bool saw = Until([&] { return sink_.seen.size() > before && sink_.Saw(state, reason); });
    const auto now = std::chrono::steady_clock::now();
    const auto ms = [](auto span) {
      return std::chrono::duration<double, std::milli>(span).count();
    };
    printf("  %-70s -> %s %s after %.1f ms (%.1f ms after the command's end)\n", line.c_str(),
           std::string(StateName(state)).c_str(), reason.c_str(), ms(now - typed), ms(now - done));
    return saw;
  }

  // What the first line of evidence tells to type, without sudo (the test is root).
  std::string Remedy() const {
    if (sink_.seen.empty() || sink_.seen.back().evidence.empty()) return "false";
    const std::string& text = sink_.seen.back().evidence[0].text;
    const size_t at = text.find("sudo ");
    return at == std::string::npos ? "false" : text.substr(at + 5);
  }

  // One SYN over loopback; nothing listens there.
  static void Knock(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_LE(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
    close(fd);
  }

  using Host = fakes::EnteredNetNamespace;
  std::optional<fakes::EnteredNetNamespace> namespace_;
};

}  // namespace faultline::checks
