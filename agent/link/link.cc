#include "agent/link/link.h"

#include <atomic>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/link/backoff.h"
#include "agent/link/connection.h"
#include "agent/link/outbox.h"
#include "agent/link/told_before.h"
#include "common/grpc/completion.h"
#include "common/log.h"
#include "common/mutex.h"

namespace faultline::link {
namespace {

class LinkImpl : public Link, public Connection::Owner {
 public:
  LinkImpl(const LinkOptions& options, faultline::v1::Hello hello, spool::Spool& spool,
           LinkSource& source, const Clock& clock);
  ~LinkImpl() override;

  void Wake() override;
  void SendDeclarations(faultline::v1::CheckDeclarations declarations) override;
  void SendGauges(faultline::v1::Gauges gauges) override;
  void SendLookResult(faultline::v1::LookResult result) override;
  void SendProbeResult(faultline::v1::ProbeResult result) override;
  void OnCredentials() override;
  void OnHostFacts() override;
  void set_goodbye(const faultline::v1::Goodbye& goodbye) override {
    MutexLock lock(mutex_);
    goodbye_ = goodbye;
  }

 private:
  void Run();
  void OnWake();
  void Connect();
  void OnWelcomed() override;
  void OnEnded(const Attempt& attempt, const std::string& why) override;
  bool TakeNewCredentials();
  void RetryAfter(const Attempt& attempt, const std::string& why);
  void ConnectLater(const Attempt& attempt);
  void ShutDown();

  const LinkOptions options_;
  const faultline::v1::Hello hello_;
  spool::Spool& spool_;
  LinkSource& source_;
  const Clock& clock_;
  Outbox outbox_;

  TimedQueue queue_;
  FunctionTag wake_tag_;
  Mutex mutex_;
  grpc::Alarm wake_alarm_ FAULTLINE_GUARDED_BY(mutex_);
  bool wake_pending_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool stop_asked_ FAULTLINE_GUARDED_BY(mutex_) = false;
  faultline::v1::Goodbye goodbye_ FAULTLINE_GUARDED_BY(mutex_);
  // Since the last attempt began.
  bool credentials_came_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool host_facts_came_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool shut_down_ FAULTLINE_GUARDED_BY(mutex_) = false;

  // The thread's own.
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Connection> ended_;  // until it has returned from its last callback
  LinkTimer reconnect_;
  Backoff backoff_;
  ToldBefore told_;  // of refusals; on the queue's thread
  std::mt19937_64 random_{std::random_device{}()};
  bool stopping_ = false;

  std::thread thread_;
};

faultline::v1::Hello CompleteHello(faultline::v1::Hello hello, const spool::Spool& spool) {
  if (hello.protocol_version() == 0) hello.set_protocol_version(1);
  hello.set_spool_id(spool.id());
  hello.set_start_number(spool.start_number());
  return hello;
}

LinkImpl::LinkImpl(const LinkOptions& options, faultline::v1::Hello hello, spool::Spool& spool,
                   LinkSource& source, const Clock& clock)
    : options_(options),
      hello_(CompleteHello(std::move(hello), spool)),
      spool_(spool),
      source_(source),
      clock_(clock),
      wake_tag_([this](bool) { OnWake(); }),
      reconnect_(queue_),
      backoff_(options.min_backoff, options.max_backoff) {
  goodbye_.set_why(faultline::v1::Goodbye::WHY_AGENT_STOPPING);
  thread_ = std::thread([this] { Run(); });
}

LinkImpl::~LinkImpl() {
  {
    MutexLock lock(mutex_);
    stop_asked_ = true;
  }
  Wake();
  thread_.join();
}

void LinkImpl::Wake() {
  MutexLock lock(mutex_);
  if (wake_pending_ || shut_down_) return;
  wake_pending_ = true;
  // In the past: the queue has it before Set returns, no timer is involved.
  wake_alarm_.Set(&queue_.queue(), gpr_inf_past(GPR_CLOCK_REALTIME), &wake_tag_);
}

void LinkImpl::SendDeclarations(faultline::v1::CheckDeclarations declarations) {
  outbox_.AddDeclarations(std::move(declarations));
  Wake();
}

void LinkImpl::SendGauges(faultline::v1::Gauges gauges) {
  outbox_.AddGauges(std::move(gauges));
  Wake();
}

void LinkImpl::SendLookResult(faultline::v1::LookResult result) {
  outbox_.AddLookResult(std::move(result), spool_.last_seq(faultline::v1::STREAM_TRANSITIONS));
  Wake();
}

void LinkImpl::SendProbeResult(faultline::v1::ProbeResult result) {
  outbox_.AddProbeResult(std::move(result));
  Wake();
}

void LinkImpl::OnCredentials() {
  {
    MutexLock lock(mutex_);
    credentials_came_ = true;
  }
  Wake();
}

void LinkImpl::OnHostFacts() {
  {
    MutexLock lock(mutex_);
    host_facts_came_ = true;
  }
  Wake();
}

void LinkImpl::Run() {
  Connect();
  queue_.Run([this] { ended_.reset(); });
}

void LinkImpl::OnWake() {
  bool stop = false;
  bool host_facts_came = false;
  faultline::v1::Goodbye goodbye;
  {
    MutexLock lock(mutex_);
    wake_pending_ = false;
    stop = stop_asked_;
    host_facts_came = std::exchange(host_facts_came_, false);
    goodbye = goodbye_;
  }
  if (stop && !stopping_) {
    stopping_ = true;
    reconnect_.Cancel();
    if (connection_ == nullptr) return ShutDown();
    return connection_->Stop(goodbye);
  }
  if (connection_ != nullptr && host_facts_came) connection_->TellHostFacts();
  if (connection_ != nullptr) return connection_->Pump();
  if (!stopping_ && TakeNewCredentials()) Connect();
}

// What failed with the ones before says nothing of new ones: they begin with a fresh backoff.
bool LinkImpl::TakeNewCredentials() {
  MutexLock lock(mutex_);
  if (!std::exchange(credentials_came_, false)) return false;
  backoff_.Reset();
  return true;
}

void LinkImpl::Connect() {
  reconnect_.Cancel();
  TakeNewCredentials();
  connection_ = std::make_unique<Connection>(
      ConnectionContext{options_, hello_, queue_, spool_, source_, clock_, outbox_}, *this);
  const absl::Status started = connection_->Start();
  if (started.ok()) return;
  connection_.reset();
  if (options_.credentials && absl::IsUnavailable(started)) {
    // No failure of the collector's, and none that more patience would mend.
    return reconnect_.Start(options_.credentials_look, [this] { Connect(); });
  }
  RetryAfter({.refused = true}, std::string(started.message()));
}

void LinkImpl::OnWelcomed() {
  told_.Forget();
  source_.OnLinkState(true, "");
}

void LinkImpl::OnEnded(const Attempt& attempt, const std::string& why) {
  ended_ = std::move(connection_);
  if (stopping_) return ShutDown();
  // Only what the credentials were at fault for: the agents of a collector that restarts must not
  // come back together.
  if (TakeNewCredentials() && (!attempt.welcomed || attempt.unwanted)) {
    source_.OnLinkState(false, why);
    return Connect();
  }
  RetryAfter(attempt, why);
}

void LinkImpl::RetryAfter(const Attempt& attempt, const std::string& why) {
  if (attempt.refused && told_.IsNews(why, clock_.Mono())) LogError(absl::StrCat("link: ", why));
  if (attempt.unwanted) source_.OnRefused();
  source_.OnLinkState(false, why);
  ConnectLater(attempt);
}

void LinkImpl::ConnectLater(const Attempt& attempt) {
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  reconnect_.Start(backoff_.Next(attempt, random), [this] { Connect(); });
}

void LinkImpl::ShutDown() {
  MutexLock lock(mutex_);
  shut_down_ = true;
  queue_.queue().Shutdown();
}

}  // namespace

std::unique_ptr<Link> Link::Start(const LinkOptions& options, faultline::v1::Hello hello,
                                  spool::Spool& spool, LinkSource& source, const Clock& clock) {
  return std::make_unique<LinkImpl>(options, std::move(hello), spool, source, clock);
}

}  // namespace faultline::link
