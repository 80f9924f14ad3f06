// The enroller's insides: the caller's side is in enroller.cc, the thread's in enroller_thread.cc.
#pragma once

#include <condition_variable>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "agent/link/backoff.h"
#include "agent/link/enroller.h"
#include "agent/link/renewal_schedule.h"
#include "common/mutex.h"

namespace faultline::link {

class EnrollerImpl final : public Enroller {
 public:
  EnrollerImpl(EnrollerOptions options, std::unique_ptr<IdentityStore> store, const Clock& clock)
      : options_(std::move(options)),
        store_(std::move(store)),
        clock_(clock),
        client_(options_.target, clock) {
    backoff_.emplace(options_.min_backoff, options_.max_backoff);
    LoadIdentity();
  }
  ~EnrollerImpl() override { Stop(); }

  void Start(Listener& listener) override {
    listener_ = &listener;
    thread_ = std::thread([this] { Run(); });
  }

  void Stop() override {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    client_.Cancel();
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  absl::StatusOr<tls::PemFiles> Credentials() override;
  void Doubt() override;
  void Wake() override {
    MutexLock lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }

 private:
  void LoadIdentity();
  void Run();
  // One attempt at whatever is due. How long to wait then.
  Span Step();
  absl::Status Renew(const Identity& present);
  Span JoinAnew(const std::optional<absl::Status>& refusal);
  absl::Status Join(JoinStep* step);
  void Adopt(Identity identity);
  void Save();
  std::shared_ptr<const Identity> Take();
  Span Soon() { return backoff_->Next({}, Random()); }
  Span Slowly() {
    return AfterRefusal(++refusals_, options_.min_refused, options_.max_refused, Random());
  }
  double Random() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  void Tell(JoinState state);
  void Wait(Span span);

  const EnrollerOptions options_;
  const std::unique_ptr<IdentityStore> store_;
  const Clock& clock_;
  EnrolmentClient client_;

  Mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool woken_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool doubted_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool idle_ FAULTLINE_GUARDED_BY(mutex_) = false;  // waits, and nothing is wrong
  std::optional<MonoTime> doubted_at_ FAULTLINE_GUARDED_BY(mutex_);
  std::shared_ptr<const Identity> identity_ FAULTLINE_GUARDED_BY(mutex_);
  JoinState state_ FAULTLINE_GUARDED_BY(mutex_);

  // The thread's own.
  Listener* listener_ = nullptr;
  std::string damage_;
  RenewalTime renewal_;
  std::optional<absl::Status> unsaved_;  // why the identity is not on disk
  std::optional<Backoff> backoff_;
  int refusals_ = 0;
  bool told_ = false;
  bool renewal_told_ = false;  // that it fails
  std::string token_stamp_;    // before the last attempt
  std::mt19937_64 random_{std::random_device{}()};

  std::thread thread_;
};

}  // namespace faultline::link
