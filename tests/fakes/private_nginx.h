// A real nginx of the test's own: its directory, ports that the system chose, gone at the end.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/fakes/loopback_port.h"
#include "tests/fakes/temp_directory.h"

namespace faultline::fakes {

class PrivateNginx {
 public:
  // Without it the test skips.
  static bool IsPossible() { return access(kProgram, X_OK) == 0; }

  PrivateNginx() = default;
  ~PrivateNginx() { Stop(); }
  PrivateNginx(const PrivateNginx&) = delete;
  PrivateNginx& operator=(const PrivateNginx&) = delete;

  // `servers` is what stands in nginx's http block; @PLAIN@, @TLS@ and @DIR@ are replaced by two
  // ports and the directory. False when it does not serve in time: log() says why.
  bool Start(const std::string& servers) {
    // Between choosing a port and nginx taking it another test may have taken it.
    for (int attempt = 0; attempt < 5; ++attempt) {
      plain_port_ = static_cast<uint16_t>(FreeLoopbackPort());
      tls_port_ = static_cast<uint16_t>(FreeLoopbackPort());
      Configure(servers);
      if (Run()) return true;
      Stop();
    }
    return false;
  }

  // The new configuration counts after Reload.
  void Configure(const std::string& servers) {
    std::ofstream(directory_ / "nginx.conf", std::ios::trunc)
        << "daemon off;\nworker_processes 1;\n"
        << (geteuid() == 0 ? "user root;\n" : "") << "pid " << (directory_ / "pid") << ";\n"
        << "error_log " << (directory_ / "error.log") << ";\nevents { worker_connections 64; }\n"
        << "http {\naccess_log " << (directory_ / "access.log") << ";\n"
        << "client_body_temp_path " << (directory_ / "body") << ";\nproxy_temp_path "
        << (directory_ / "proxy") << ";\nfastcgi_temp_path " << (directory_ / "fastcgi")
        << ";\nuwsgi_temp_path " << (directory_ / "uwsgi") << ";\nscgi_temp_path "
        << (directory_ / "scgi") << ";\n"
        << Replaced(servers) << "}\n";
  }
  void Reload() const { kill(pid_, SIGHUP); }

  void Stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGTERM);  // ends its workers as well, at once
    if (!WaitForEnd(std::chrono::seconds(5))) {
      kill(-pid_, SIGKILL);  // its group: itself and its workers
      waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
  }

  uint16_t plain_port() const { return plain_port_; }
  uint16_t tls_port() const { return tls_port_; }
  std::string operator/(const std::string& name) const { return directory_ / name; }
  std::string log() const { return Read("error.log"); }
  std::string access_log() const { return Read("access.log"); }

 private:
  static constexpr const char* kProgram = "/usr/sbin/nginx";

  static sockaddr_in Loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  std::string Replaced(std::string text) const {
    const std::pair<std::string, std::string> words[] = {{"@PLAIN@", std::to_string(plain_port_)},
                                                         {"@TLS@", std::to_string(tls_port_)},
                                                         {"@DIR@", directory_.path()}};
    for (const auto& [word, value] : words) {
      for (size_t at = 0; (at = text.find(word, at)) != std::string::npos;) {
        text.replace(at, word.size(), value);
      }
    }
    return text;
  }

  bool Run() {
    const std::string config = directory_ / "nginx.conf";
    const std::string log_file = directory_ / "error.log";
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
      setpgid(0, 0);
      // Should the test be killed, its nginx goes, too.
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      if (getppid() == parent) {
        const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        dup2(log, 2);
        execl(kProgram, kProgram, "-c", config.c_str(), "-e", log_file.c_str(), nullptr);
      }
      _exit(127);
    }
    return pid_ > 0 && WaitUntilServing();
  }

  bool WaitUntilServing() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        return false;
      }
      // nginx binds all its ports before it serves any.
      const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in address = Loopback(plain_port_);
      const bool serves =
          connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
      close(fd);
      if (serves) return true;
      poll(nullptr, 0, 5);
    }
    return false;
  }

  bool WaitForEnd(std::chrono::seconds bound) const {
    const auto deadline = std::chrono::steady_clock::now() + bound;
    while (std::chrono::steady_clock::now() < deadline) {
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) return true;
      poll(nullptr, 0, 5);
    }
    return false;
  }

  std::string Read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(directory_ / name).rdbuf();
    return text.str();
  }

  const TempDirectory directory_;
  uint16_t plain_port_ = 0;
  uint16_t tls_port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace faultline::fakes
