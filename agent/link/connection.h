// One stream to the collector, from the first attempt to its end.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "agent/link/backoff.h"
#include "agent/link/link.h"
#include "agent/link/outbox.h"
#include "agent/link/timed_queue.h"
#include "common/grpc/completion.h"
#include "common/token_bucket.h"
#include "faultline/v1/agent_link.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace faultline::link {

// What a connection works with; everything outlives it.
struct ConnectionContext {
  const LinkOptions& options;
  const faultline::v1::Hello& hello;  // complete but for what options.host_facts says
  TimedQueue& queue;
  spool::Spool& spool;
  LinkSource& source;
  const Clock& clock;
  Outbox& outbox;
};

// Lives on the completion queue's thread; every method is called there.
class Connection {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnWelcomed() = 0;
    // Nothing of the connection is under way any more: it may be destroyed once this has returned.
    // `why` is for people.
    virtual void OnEnded(const Attempt& attempt, const std::string& why) = 0;
  };

  Connection(const ConnectionContext& context, Owner& owner);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Only errors of the certificate files come back at once; then there was no attempt.
  absl::Status Start();

  // There may be something new to send.
  void Pump();

  // The host's facts may differ from those that were said: the next Pump tells.
  void TellHostFacts() { host_facts_due_ = true; }

  // Says goodbye after what is to be sent at once, and ends within 500 ms. OnEnded follows.
  void Stop(const faultline::v1::Goodbye& goodbye);

 private:
  enum class State { kConnecting, kLive, kEnding };
  static constexpr size_t kStreams = 2;

  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished();
  void Read();
  void Write();
  void Fail(const std::string& why);
  void MaybeEnd();

  void Handle(const faultline::v1::CollectorMessage& message);
  void OnWelcome(const faultline::v1::Welcome& welcome);
  void OnAck(const faultline::v1::Ack& ack);
  void OnEcho(const faultline::v1::HeartbeatEcho& echo);
  void OnLookNow(const faultline::v1::LookNow& ask);
  void OnProbeHost(const faultline::v1::ProbeHost& ask);
  void Complain(const std::string& what);

  void QueueSnapshot();
  void OnHeartbeatTimer();
  bool NextMessage(faultline::v1::AgentMessage* message);
  // Of what there is to send but declarations, the most urgent.
  bool Choose(faultline::v1::AgentMessage* message);
  void QueueDeclarations();
  bool NextRecords(faultline::v1::Stream stream, faultline::v1::AgentMessage* message);
  bool NextHostFacts(faultline::v1::AgentMessage* message);
  void FillHeartbeat(faultline::v1::Heartbeat* heartbeat);

  const ConnectionContext context_;
  Owner& owner_;
  State state_ = State::kConnecting;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<faultline::v1::AgentLink::Stub> stub_;
  grpc::ClientContext call_;
  std::unique_ptr<
      grpc::ClientAsyncReaderWriter<faultline::v1::AgentMessage, faultline::v1::CollectorMessage>>
      stream_;
  FunctionTag started_tag_, read_tag_, write_tag_, finish_tag_;
  faultline::v1::CollectorMessage incoming_;
  faultline::v1::AgentMessage outgoing_;
  grpc::Status status_;
  bool reading_ = false;
  bool writing_ = false;
  bool starting_ = false;
  bool finishing_ = false;
  bool finished_ = false;
  std::string failure_;  // our own reason for ending; empty = the stream's status says it

  LinkTimer deadline_;  // for the welcome, later for the goodbye
  LinkTimer heartbeat_;
  bool welcomed_ = false;
  MonoTime welcomed_at_;
  size_t max_batch_bytes_ = 0;
  size_t max_message_bytes_ = 0;
  std::deque<faultline::v1::AgentMessage> first_;  // declarations and what needs them
  std::array<uint64_t, kStreams> sent_ = {};       // highest seq sent, or acknowledged before

  faultline::v1::HostFacts said_facts_;
  bool host_facts_due_ = false;

  Span interval_;
  MonoTime heartbeat_expected_;
  MonoTime last_echo_;
  bool heartbeat_due_ = false;
  bool was_stalled_ = false;
  uint64_t heartbeats_ = 0;
  uint64_t echoed_ = 0;
  WallTime echo_received_;

  bool stopping_ = false;
  bool said_goodbye_ = false;
  bool writes_done_ = false;
  faultline::v1::Goodbye goodbye_;
  std::array<bool, kStreams> last_batch_ = {};  // sent while stopping

  int complaints_ = 0;
  MonoTime look_window_;
  int looks_in_window_ = 0;
  TokenBucket probe_budget_{30, Span::Seconds(2)};  // 30 a minute
};

}  // namespace faultline::link
