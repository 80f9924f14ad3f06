// A loop whose timers run on time that the test moves, so that hours pass in seconds. Descriptors
// and posted work are real: a real loop underneath carries them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "agent/host/loop.h"
#include "common/clock.h"
#include "tests/agent/host/run_until.h"

namespace faultline::fakes {

// Stands where it was put until Advance. Thread-safe only while nobody advances.
class SteppedClock : public Clock {
 public:
  WallTime Now() const override { return WallTime{kEpoch + passed_}; }
  MonoTime Mono() const override { return MonoTime{kEpoch + passed_}; }
  void Set(MonoTime time) { passed_ = time.ns - kEpoch; }

 private:
  static constexpr int64_t kEpoch = 1'800'000'000'000'000'000;
  int64_t passed_ = 0;
};

class SimulatedLoop : public host::Loop {
 public:
  explicit SimulatedLoop(SteppedClock& clock)
      : clock_(clock), real_(host::Loop::Create().value()), timers_(std::make_shared<Timers>()) {}

  absl::StatusOr<std::unique_ptr<host::LoopSource>> WatchFd(
      int fd, uint32_t events, std::function<void(uint32_t)> callback) override {
    return real_->WatchFd(fd, events, std::move(callback));
  }
  std::unique_ptr<host::LoopSource> After(Span delay, std::function<void()> callback) override {
    return Add(delay, Span{}, std::move(callback));
  }
  std::unique_ptr<host::LoopSource> Every(Span first, Span interval,
                                          std::function<void()> callback) override {
    return Add(first, interval, std::move(callback));
  }
  void Post(std::function<void()> work) override { real_->Post(std::move(work)); }
  absl::Status Run() override { return real_->Run(); }
  void Stop() override { real_->Stop(); }
  sd_event* raw() override { return real_->raw(); }

  // Lets `span` pass: every timer that falls due runs at its time, in order.
  void Advance(Span span) {
    const MonoTime end = clock_.Mono() + span;
    while (!timers_->empty() && timers_->begin()->first.due <= end) {
      auto first = timers_->begin();
      const Key key = first->first;
      const Timer timer = first->second;
      timers_->erase(first);
      if (clock_.Mono() < key.due) clock_.Set(key.due);
      if (timer.interval.ns > 0) (*timers_)[{key.due + timer.interval, key.id}] = timer;
      timer.callback();
    }
    clock_.Set(end);
  }

  // Carries descriptors and posted work until `done()`, while time stands.
  bool Until(const std::function<bool()>& done) { return host::RunUntil(*real_, done); }

 private:
  struct Key {
    MonoTime due;
    uint64_t id = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Timer {
    Span interval;
    std::function<void()> callback;
  };
  using Timers = std::map<Key, Timer>;

  class Handle : public host::LoopSource {
   public:
    Handle(std::shared_ptr<Timers> timers, uint64_t id) : timers_(std::move(timers)), id_(id) {}
    ~Handle() override {
      std::erase_if(*timers_, [this](const auto& each) { return each.first.id == id_; });
    }

   private:
    const std::shared_ptr<Timers> timers_;
    const uint64_t id_;
  };

  std::unique_ptr<host::LoopSource> Add(Span first, Span interval, std::function<void()> callback) {
    const uint64_t id = ++last_id_;
    (*timers_)[{clock_.Mono() + first, id}] = {interval, std::move(callback)};
    return std::make_unique<Handle>(timers_, id);
  }

  SteppedClock& clock_;
  std::unique_ptr<host::Loop> real_;
  const std::shared_ptr<Timers> timers_;
  uint64_t last_id_ = 0;
};

}  // namespace faultline::fakes
