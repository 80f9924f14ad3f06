// A network namespace of the test's own, for the calling thread: sockets that it opens and programs
// that it starts are inside. It has no name, so it ends with the test whatever happens to it.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace faultline::fakes {

class NetNamespace {
 public:
  NetNamespace() : before_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    entered_ = before_ >= 0 && unshare(CLONE_NEWNET) == 0;
    if (entered_) entered_ = Run("ip link set lo up") == 0;
  }
  ~NetNamespace() {
    // Ends the process rather than running the next test in the wrong place.
    if (before_ >= 0 && setns(before_, CLONE_NEWNET) != 0) abort();
    if (before_ >= 0) close(before_);
  }
  NetNamespace(const NetNamespace&) = delete;
  NetNamespace& operator=(const NetNamespace&) = delete;

  // False without root: the test skips.
  bool entered() const { return entered_; }

  // A line as typed into a shell inside; its exit code. What it says goes to the test's output.
  static int Run(const std::string& line) {
    const int status = system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static bool Has(const std::string& program) {
    return Run("command -v " + program + " >/dev/null 2>&1") == 0;
  }
  static std::string Output(const std::string& line) {
    std::string text;
    FILE* pipe = popen(line.c_str(), "r");
    if (pipe == nullptr) return text;
    char buffer[4096];
    for (size_t n = 0; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) text.append(buffer, n);
    pclose(pipe);
    return text;
  }

 private:
  const int before_;
  bool entered_ = false;
};

}  // namespace faultline::fakes
