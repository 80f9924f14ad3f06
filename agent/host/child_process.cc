#include "agent/host/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/host/fd.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxErrors = 4096;
// So that a program that floods us leaves the loop to others in between.
constexpr int kPipeReadsPerTurn = 16;

struct Pipe {
  Fd read;
  Fd write;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "cannot make a pipe");
  Pipe made{Fd(ends[0]), Fd(ends[1])};
  // Only our end: the program expects a pipe that waits.
  fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
  return made;
}

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& argv, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  // The agent blocks the signals that end it and ignores SIGPIPE; the program should not.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  static char locale[] = "LC_ALL=C";
  char* environment[] = {path, locale, nullptr};
  pid_t pid = -1;
  const int failed =
      posix_spawn(&pid, argv[0].c_str(), &actions, &attributes, arguments.data(), environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) return absl::ErrnoToStatus(failed, absl::StrCat("cannot run ", argv[0]));
  return pid;
}

class Child : public LoopSource {
 public:
  Child(Loop& loop, const ChildCommand& command,
        std::function<void(absl::StatusOr<ChildOutput>)> callback)
      : loop_(loop), command_(command), callback_(std::move(callback)) {}

  ~Child() override {
    if (pid_ <= 0) return;
    // Short: a killed program does not come back from what it was doing in the kernel.
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  absl::Status Start() {
    absl::StatusOr<Pipe> out = MakePipe();
    if (!out.ok()) return out.status();
    absl::StatusOr<Pipe> err = MakePipe();
    if (!err.ok()) return err.status();
    started_ = clock_.Mono();
    absl::StatusOr<pid_t> pid = Spawn(command_.argv, out->write.get(), err->write.get());
    if (!pid.ok()) return pid.status();
    pid_ = *pid;
    out_ = std::move(out->read);
    err_ = std::move(err->read);
    pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_.valid()) return absl::ErrnoToStatus(errno, "cannot watch a process (pidfd_open)");
    auto reads = loop_.WatchFd(out_.get(), EPOLLIN, [this](uint32_t) { ReadOutput(); });
    if (!reads.ok()) return reads.status();
    out_source_ = *std::move(reads);
    auto errors = loop_.WatchFd(err_.get(), EPOLLIN, [this](uint32_t) {
      if (Read(err_.get(), kMaxErrors, /*discard=*/true, &output_.err)) err_source_.reset();
    });
    if (!errors.ok()) return errors.status();
    err_source_ = *std::move(errors);
    auto exit = loop_.WatchFd(pidfd_.get(), EPOLLIN, [this](uint32_t) { OnExit(); });
    if (!exit.ok()) return exit.status();
    exit_source_ = *std::move(exit);
    deadline_ = loop_.After(command_.deadline, [this] {
      GiveUp(absl::DeadlineExceededError(
          absl::StrCat(command_.argv[0], " did not end within ", FormatSpan(command_.deadline))));
    });
    return absl::OkStatus();
  }

 private:
  // True at the end. `discard`: what is too much is read and forgotten.
  static bool Read(int fd, size_t limit, bool discard, std::string* to) {
    std::array<char, 64 * 1024> buffer;
    for (int i = 0; i < kPipeReadsPerTurn; ++i) {
      const ssize_t n = read(fd, buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno != EAGAIN;
      if (n == 0) return true;
      const size_t room = limit > to->size() ? limit - to->size() : 0;
      const auto got = static_cast<size_t>(n);
      if (got > room && !discard) {
        to->resize(limit + 1);
        return true;
      }
      to->append(buffer.data(), std::min(got, room));
    }
    return false;
  }

  void ReadOutput() {
    if (!Read(out_.get(), command_.max_output, /*discard=*/false, &output_.out)) return;
    out_source_.reset();
    if (output_.out.size() > command_.max_output) {
      GiveUp(absl::ResourceExhaustedError(
          absl::StrCat(command_.argv[0], " printed more than ", command_.max_output, " bytes")));
    }
    FinishIfDone();
  }

  void GiveUp(absl::Status why) {
    if (failure_.ok()) failure_ = std::move(why);
    if (pid_ > 0) kill(pid_, SIGKILL);  // -1 would mean everybody
    // Its own children may keep the pipe open; they are not waited for.
    out_source_.reset();
  }

  void OnExit() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) return;
    pid_ = -1;
    exit_source_.reset();
    deadline_.reset();
    output_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    output_.took = clock_.Mono() - started_;
    if (err_source_ != nullptr) Read(err_.get(), kMaxErrors, /*discard=*/true, &output_.err);
    // What is left in the pipe is read by the loop; a grandchild that keeps it open gets no time.
    if (out_source_ != nullptr) {
      deadline_ = loop_.After(Span::Seconds(1), [this] {
        out_source_.reset();
        FinishIfDone();
      });
    }
    FinishIfDone();
  }

  void FinishIfDone() {
    if (pid_ > 0 || out_source_ != nullptr) return;
    deadline_.reset();
    err_source_.reset();
    // The callback may destroy this.
    const auto callback = std::move(callback_);
    if (failure_.ok()) {
      callback(std::move(output_));
    } else {
      callback(std::move(failure_));
    }
  }

  Loop& loop_;
  const ChildCommand command_;
  std::function<void(absl::StatusOr<ChildOutput>)> callback_;
  SystemClock clock_;
  pid_t pid_ = -1;
  MonoTime started_;
  Fd out_;
  Fd err_;
  Fd pidfd_;
  ChildOutput output_;
  absl::Status failure_;
  std::unique_ptr<LoopSource> out_source_;
  std::unique_ptr<LoopSource> err_source_;
  std::unique_ptr<LoopSource> exit_source_;
  std::unique_ptr<LoopSource> deadline_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LoopSource>> RunChild(
    Loop& loop, const ChildCommand& command,
    std::function<void(absl::StatusOr<ChildOutput>)> callback) {
  if (command.argv.empty()) return absl::InvalidArgumentError("no program to run");
  auto child = std::make_unique<Child>(loop, command, std::move(callback));
  if (absl::Status started = child->Start(); !started.ok()) return started;
  return child;
}

std::string FindProgram(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/"}) {
      const std::string path = absl::StrCat(folder, name);
      if (access(path.c_str(), X_OK) == 0) return path;
    }
  }
  return "";
}

}  // namespace faultline::host
