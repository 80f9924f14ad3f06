#include "agent/host/pressure_trigger.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/host/fd.h"

namespace faultline::host {
namespace {

class Trigger : public LoopSource {
 public:
  absl::Status Attach(Loop& loop, const std::string& path, Span stall, Span window,
                      std::function<void()> callback) {
    fd_ = Fd(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fd_.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
    const std::string words = absl::StrCat("some ", stall.ns / 1000, " ", window.ns / 1000);
    // With its NUL, as the kernel's own example writes it.
    if (write(fd_.get(), words.c_str(), words.size() + 1) < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot set a trigger in ", path));
    }
    auto source =
        loop.WatchFd(fd_.get(), EPOLLPRI, [this, callback = std::move(callback)](uint32_t events) {
          // The kernel took it away (its cgroup is gone): it would say so for ever.
          if ((events & EPOLLERR) != 0) {
            source_.reset();
            return;
          }
          const std::function<void()> call = callback;
          call();
        });
    if (!source.ok()) return source.status();
    source_ = *std::move(source);
    return absl::OkStatus();
  }

 private:
  Fd fd_;
  std::unique_ptr<LoopSource> source_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LoopSource>> WatchPressure(Loop& loop, const std::string& path,
                                                          Span stall, Span window,
                                                          std::function<void()> callback) {
  auto trigger = std::make_unique<Trigger>();
  absl::Status attached = trigger->Attach(loop, path, stall, window, std::move(callback));
  if (!attached.ok()) return attached;
  return trigger;
}

}  // namespace faultline::host
