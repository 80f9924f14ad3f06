// The built `faultline` as a child process, its output on pipes or on a terminal of its own.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace faultline::cli {

class Program {
 public:
  using Words = std::vector<std::string>;
  // kTerminal: it reads from there, too. kFull: a device without space.
  enum Output { kPipe, kTerminal, kFull };

  // `environment` as "NAME=value"; nothing of ours is passed on.
  explicit Program(const Words& words, const Words& environment = {}, Output output = kPipe) {
    int out[2] = {-1, -1};
    int error[2] = {-1, -1};
    if (pipe2(error, O_CLOEXEC) != 0) std::abort();
    winsize size{.ws_row = 24, .ws_col = 80};
    if (output == kTerminal) {
      if (openpty(&out[0], &out[1], nullptr, nullptr, &size) != 0) std::abort();
      fcntl(out[0], F_SETFD, FD_CLOEXEC);
      fcntl(out[1], F_SETFD, FD_CLOEXEC);
    } else if (pipe2(out, O_CLOEXEC) != 0) {
      std::abort();
    }
    if (output == kFull) {
      close(out[1]);
      out[1] = open("/dev/full", O_WRONLY | O_CLOEXEC);
    }
    const std::string path = FAULTLINE_COMMAND;
    Words all = {"faultline"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv = Pointers(all);
    Words variables = environment;
    std::vector<char*> envp = Pointers(variables);
    pid_ = fork();
    if (pid_ == 0) {
      if (output == kTerminal) dup2(out[1], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      dup2(error[1], STDERR_FILENO);
      execve(path.c_str(), argv.data(), envp.data());
      _exit(127);
    }
    close(out[1]);
    close(error[1]);
    out_ = out[0];
    error_ = error[0];
  }
  ~Program() {
    if (!ended_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(out_);
    close(error_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Of a program on a terminal.
  void Type(const std::string& text) const {
    if (write(out_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
  }

  void Signal(int number) const { kill(pid_, number); }

  // Reads on until `text` is in the output or in the error output. False when it ends first.
  bool WaitFor(const std::string& text) {
    while (output_.find(text) == std::string::npos && errors_.find(text) == std::string::npos) {
      if (!ReadSome()) return false;
    }
    return true;
  }

  // Reads to the end. The exit code; -1 when a signal ended it or it would not end.
  int Wait() {
    while (ReadSome()) {
    }
    if (out_open_ || error_open_) return -1;
    int status = 0;
    waitpid(pid_, &status, 0);
    ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const std::string& output() const { return output_; }
  const std::string& errors() const { return errors_; }

 private:
  static std::vector<char*> Pointers(Words& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
  }

  // False when both are at their end, or nothing comes for long.
  bool ReadSome() {
    if (!out_open_ && !error_open_) return false;
    pollfd fds[] = {{out_open_ ? out_ : -1, POLLIN, 0}, {error_open_ ? error_ : -1, POLLIN, 0}};
    if (poll(fds, 2, 20'000) <= 0) return false;
    if (fds[0].revents != 0) out_open_ = Take(out_, &output_);
    if (fds[1].revents != 0) error_open_ = Take(error_, &errors_);
    return true;
  }
  static bool Take(int fd, std::string* into) {
    char buffer[4096];
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got > 0) into->append(buffer, static_cast<size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  }

  pid_t pid_ = -1;
  int out_ = -1;
  int error_ = -1;
  bool out_open_ = true;
  bool error_open_ = true;
  bool ended_ = false;
  std::string output_;
  std::string errors_;
};

}  // namespace faultline::cli
