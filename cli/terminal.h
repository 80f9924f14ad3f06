// The terminal, the process's output and the signals that ask it to stop.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faultline::cli {

bool OutputIsTerminal();

struct TerminalSize {
  size_t width = 0;  // 0 = not known
  size_t height = 0;
};
TerminalSize GetTerminalSize();

// All of `text` to the standard output. False when that fails (a full disk, a reader that left);
// errno says why.
bool WriteOut(std::string_view text);

// While it lives: the terminal's alternate screen, without cursor and line wrapping. The old
// screen is back after the destructor.
class AlternateScreen {
 public:
  AlternateScreen();
  ~AlternateScreen();
  AlternateScreen(const AlternateScreen&) = delete;
  AlternateScreen& operator=(const AlternateScreen&) = delete;

  // Shows the lines of `text` from the top, as many as fit, with `footer` in the last line. What is
  // on the screen is overwritten in place: nothing flickers.
  bool Draw(std::string_view text, std::string_view footer, TerminalSize size);
};

// The lines of `text` that fit `height`, each with an end-of-line code; a last line counts those
// that do not fit. Pure.
std::string FitScreen(std::string_view text, std::string_view footer, size_t height);

// While it lives SIGINT, SIGTERM and SIGHUP do not end the process but make `fd` readable. One at
// a time, made before any thread.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  int fd() const { return fd_; }  // -1 when the kernel has none: signals then end the process
  bool Asked() const;

 private:
  int fd_;
};

}  // namespace faultline::cli
