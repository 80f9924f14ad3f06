#include "agent/host/loop.h"

#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace faultline::host {
namespace {

constexpr uint64_t kPreciseUsec = 1'000;
constexpr uint64_t kRelaxedUsec = 250'000;
constexpr int64_t kRelaxedFromNs = 1'000'000'000;
constexpr uint64_t kMinIntervalUsec = 1'000;

uint64_t NowUsec() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1'000;
}

// Rounded up: a timer is never early.
uint64_t Usec(Span span) {
  return span.ns <= 0 ? 0 : (static_cast<uint64_t>(span.ns) + 999) / 1000;
}

// A callback may destroy its own source. So each dispatch holds the function by a reference of its
// own, and nothing of the source is touched after the call.
class Source : public LoopSource {
 public:
  ~Source() override { sd_event_source_disable_unref(source_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 protected:
  Source() = default;
  sd_event_source* source_ = nullptr;
};

class FdSource : public Source {
 public:
  explicit FdSource(std::function<void(uint32_t)> callback)
      : callback_(std::make_shared<std::function<void(uint32_t)>>(std::move(callback))) {}

  absl::Status Attach(sd_event* event, int fd, uint32_t events) {
    const int r = sd_event_add_io(event, &source_, fd, events, &FdSource::OnReady, this);
    return r < 0 ? absl::ErrnoToStatus(-r, "cannot watch the file descriptor") : absl::OkStatus();
  }

 private:
  static int OnReady(sd_event_source*, int, uint32_t events, void* self) {
    const auto callback = static_cast<FdSource*>(self)->callback_;
    (*callback)(events);
    return 0;
  }

  std::shared_ptr<std::function<void(uint32_t)>> callback_;
};

class TimerSource : public Source {
 public:
  // `interval_usec` 0: once.
  TimerSource(sd_event* event, uint64_t first_usec, uint64_t interval_usec,
              std::function<void()> callback)
      : interval_usec_(interval_usec),
        accuracy_usec_(interval_usec * 1000 >= kRelaxedFromNs ? kRelaxedUsec : kPreciseUsec),
        callback_(std::make_shared<std::function<void()>>(std::move(callback))) {
    // Only out of memory or file descriptors makes this fail: an agent without timers is deaf.
    const int r = sd_event_add_time(event, &source_, CLOCK_BOOTTIME, NowUsec() + first_usec,
                                    accuracy_usec_, &TimerSource::OnElapsed, this);
    if (r < 0) abort();
  }

 private:
  static int OnElapsed(sd_event_source* source, uint64_t due, void* self) {
    TimerSource* timer = static_cast<TimerSource*>(self);
    if (timer->interval_usec_ != 0) {
      const uint64_t now = NowUsec();
      uint64_t next = due + timer->interval_usec_;
      if (next <= now) next += ((now - next) / timer->interval_usec_ + 1) * timer->interval_usec_;
      sd_event_source_set_time(source, next);
      sd_event_source_set_enabled(source, SD_EVENT_ON);
    }
    const auto callback = timer->callback_;
    (*callback)();
    return 0;
  }

  const uint64_t interval_usec_;
  const uint64_t accuracy_usec_;
  std::shared_ptr<std::function<void()>> callback_;
};

class EventLoop : public Loop {
 public:
  EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() override {
    wake_source_.reset();
    posted_.clear();
    if (wake_fd_ >= 0) close(wake_fd_);
    sd_event_unref(event_);
  }

  absl::Status Open() {
    int r = sd_event_new(&event_);
    if (r < 0) return absl::ErrnoToStatus(-r, "cannot make an event loop");
    wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd_ < 0) return absl::ErrnoToStatus(errno, "cannot make an eventfd");
    auto source = std::make_unique<FdSource>([this](uint32_t) { RunPosted(); });
    absl::Status attached = source->Attach(event_, wake_fd_, EPOLLIN);
    wake_source_ = std::move(source);
    return attached;
  }

  absl::StatusOr<std::unique_ptr<LoopSource>> WatchFd(
      int fd, uint32_t events, std::function<void(uint32_t)> callback) override {
    auto source = std::make_unique<FdSource>(std::move(callback));
    if (absl::Status attached = source->Attach(event_, fd, events); !attached.ok()) return attached;
    return source;
  }

  std::unique_ptr<LoopSource> After(Span delay, std::function<void()> callback) override {
    return std::make_unique<TimerSource>(event_, Usec(delay), 0, std::move(callback));
  }

  std::unique_ptr<LoopSource> Every(Span first, Span interval,
                                    std::function<void()> callback) override {
    return std::make_unique<TimerSource>(
        event_, Usec(first), std::max(Usec(interval), kMinIntervalUsec), std::move(callback));
  }

  void Post(std::function<void()> work) override {
    {
      MutexLock lock(mutex_);
      posted_.push_back(std::move(work));
    }
    Wake();
  }

  absl::Status Run() override {
    while (!stop_.exchange(false)) {
      const int r = sd_event_run(event_, UINT64_MAX);
      if (r < 0) return absl::ErrnoToStatus(-r, "the event loop failed");
    }
    return absl::OkStatus();
  }

  void Stop() override {
    stop_ = true;
    Wake();
  }

  sd_event* raw() override { return event_; }

 private:
  void Wake() {
    const uint64_t one = 1;
    // EAGAIN means that the counter is full, so a wakeup is due anyway.
    [[maybe_unused]] const ssize_t n = write(wake_fd_, &one, sizeof(one));
  }

  void RunPosted() {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = read(wake_fd_, &count, sizeof(count));
    std::vector<std::function<void()>> work;
    {
      MutexLock lock(mutex_);
      work.swap(posted_);
    }
    for (std::function<void()>& item : work) {
      item();
      item = nullptr;  // what it captured goes before the next one runs
    }
  }

  sd_event* event_ = nullptr;
  int wake_fd_ = -1;
  std::unique_ptr<LoopSource> wake_source_;
  std::atomic<bool> stop_ = false;
  Mutex mutex_;
  std::vector<std::function<void()>> posted_ FAULTLINE_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Loop>> Loop::Create() {
  auto loop = std::make_unique<EventLoop>();
  if (absl::Status opened = loop->Open(); !opened.ok()) return opened;
  return loop;
}

}  // namespace faultline::host
