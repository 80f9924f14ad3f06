#include "cli/terminal.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"

namespace faultline::cli {
namespace {

constexpr char kEnter[] = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr char kLeave[] = "\x1b[?7h\x1b[?25h\x1b[?1049l";

sigset_t StopSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

bool OutputIsTerminal() { return isatty(STDOUT_FILENO) == 1; }

TerminalSize GetTerminalSize() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_col, size.ws_row};
}

bool WriteOut(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

AlternateScreen::AlternateScreen() { WriteOut(kEnter); }
AlternateScreen::~AlternateScreen() { WriteOut(kLeave); }

bool AlternateScreen::Draw(std::string_view text, std::string_view footer, TerminalSize size) {
  return WriteOut(FitScreen(text, footer, size.height == 0 ? 24 : size.height));
}

std::string FitScreen(std::string_view text, std::string_view footer, size_t height) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const size_t room = height > 2 ? height - 2 : 1;  // the last line is the footer's
  std::string more;
  if (lines.size() > room) {
    more = absl::StrCat("... and ", lines.size() - room + 1, " more lines");
    lines.resize(room - 1);
    lines.push_back(more);
  }
  std::string out = "\x1b[H";
  for (const std::string_view line : lines) {
    out.append(line).append("\x1b[K\r\n");
  }
  out.append("\x1b[J\x1b[").append(std::to_string(height)).append(";1H");
  return out.append(footer).append("\x1b[K");
}

StopSignals::StopSignals() {
  const sigset_t set = StopSet();
  fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ >= 0) pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignals::~StopSignals() {
  if (fd_ < 0) return;
  // Taken before they are let through again: the stop that was asked for has happened.
  signalfd_siginfo info;
  while (read(fd_, &info, sizeof(info)) == sizeof(info)) {
  }
  const sigset_t set = StopSet();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  close(fd_);
}

bool StopSignals::Asked() const {
  pollfd wait{fd_, POLLIN, 0};
  return fd_ >= 0 && poll(&wait, 1, 0) > 0;
}

}  // namespace faultline::cli
