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
        client_(options_.target, clock),
        backoff_(options_.min_backoff, options_.max_backoff) {
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
  void Trust() override;
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
  // Nothing is to be asked for: says how it stands.
  Span Rest(const Identity& present, Span left);
  absl::Status Renew(const Identity& present, bool doubted);
  Span JoinAnew(const std::optional<absl::Status>& refusal);
  void Adopt(Identity identity, Origin origin, bool at_once);
  bool Save();
  void UseNext();
  std::shared_ptr<const Identity> Present() FAULTLINE_REQUIRES(mutex_);
  // How long to wait after a failure.
  Span Pause(JoinStep step, const absl::Status& status);
  double Random() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  void Tell(const JoinState& state);
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
  std::optional<MonoTime> heeded_from_ FAULTLINE_GUARDED_BY(mutex_);  // doubts; none: at once
  // What is used, and what follows it. The collector renews no older certificate once a newer one
  // was used: if that one were in memory only, a restart would lock this host out.
  std::shared_ptr<const Identity> identity_ FAULTLINE_GUARDED_BY(mutex_);
  std::shared_ptr<const Identity> next_ FAULTLINE_GUARDED_BY(mutex_);
  JoinState state_ FAULTLINE_GUARDED_BY(mutex_);

  // The thread's own.
  Listener* listener_ = nullptr;
  std::string damage_;
  RenewalTime renewal_;
  std::optional<MonoTime> renewed_at_;
  std::optional<absl::Status> unsaved_;  // why the newest identity is not on disk
  Backoff backoff_;
  int refusals_ = 0;
  bool told_ = false;
  bool renewal_told_ = false;  // that it fails
  std::string token_stamp_;    // before the last attempt
  JoinState logged_;
  MonoTime log_again_;  // the same trouble in other words
  std::mt19937_64 random_{std::random_device{}()};

  std::thread thread_;
};

}  // namespace faultline::link
