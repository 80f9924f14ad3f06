// One agent's stream, from its acceptance to its end.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/ingest/ingest.h"
#include "collector/ingest/round_trip.h"
#include "collector/pipeline/agent_gate.h"
#include "common/grpc/completion.h"
#include "common/mutex.h"
#include "faultline/v1/agent_link.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace faultline::ingest {

// What all streams of a server share. Outlives them.
class SessionContext {
 public:
  SessionContext(const IngestOptions& for_options, pipeline::AgentGate& for_gate,
                 const Clock& for_clock)
      : options(for_options), gate(for_gate), clock(for_clock) {}

  const IngestOptions& options;
  pipeline::AgentGate& gate;
  const Clock& clock;

  std::atomic<uint64_t> streams{0};
  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> refused_identity{0};
  std::atomic<uint64_t> refused_standing{0};
  std::atomic<uint64_t> invalid_messages{0};
  std::atomic<uint64_t> slow_streams{0};

  // Logs at most 20 lines a minute about streams: a port that anyone can reach must not fill the
  // journal.
  void Warn(const std::string& text);

 private:
  Mutex log_mutex_;
  MonoTime log_window_ FAULTLINE_GUARDED_BY(log_mutex_);
  int logged_ FAULTLINE_GUARDED_BY(log_mutex_) = 0;
};

// Reads one message, hands it on, and reads the next only when the pipeline has taken it. Events
// come on the thread of its completion queue; the methods of AgentSession on any.
class Session : public pipeline::AgentSession, public std::enable_shared_from_this<Session> {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // Nothing of the stream is under way any more.
    virtual void OnGone(Session* session) = 0;
  };

  // `queue` and the rest outlive the session's stream, though not the session: the pipeline may
  // still hold it.
  Session(SessionContext& context, Owner& owner, grpc::ServerCompletionQueue& queue);

  // Before Start: waits for a call; `tag` completes when one has come.
  void Accept(faultline::v1::AgentLink::AsyncService& service, CompletionTag* tag);
  void Start();

  void SendWelcome(const std::map<store::Stream, uint64_t>& acknowledged,
                   Span heartbeat_interval) override;
  void SendAck(const std::map<store::Stream, uint64_t>& acknowledged) override;
  void SendLookNow(uint64_t request, const std::vector<uint32_t>& checks, Span deadline,
                   bool for_person) override;
  void SendProbeHost(uint64_t request, const std::vector<std::string>& addresses,
                     const std::vector<int>& ports, Span deadline) override;
  void Close(const std::string& why) override;

  // Ends a stream of this host whose certificate does not stand.
  void EndUnlessStanding(const HostId& host, const std::string& why);

 private:
  struct Call {
    grpc::ServerContext context;
    grpc::ServerAsyncReaderWriter<faultline::v1::CollectorMessage, faultline::v1::AgentMessage>
        stream{&context};
  };

  bool Identify();
  bool CheckStanding();
  void ReadNext();
  void OnRead(bool ok);
  absl::Status Handle(const faultline::v1::AgentMessage& message);
  absl::Status HandleHello(const faultline::v1::AgentMessage& message);
  void NoteRefused(const pipeline::Refusals& refused);
  absl::Status HandleHeartbeat(const faultline::v1::Heartbeat& heartbeat);
  void Input(pipeline::AgentInput input);
  void OnWritten(bool ok);
  void OnFinished();
  void Send(faultline::v1::CollectorMessage message);
  // Ends the stream with `status`, once. `cancel`: without waiting for what is being written.
  void End(const grpc::Status& status, bool cancel);
  void MaybeGone();
  std::string Name() const;

  void WriteLocked() FAULTLINE_REQUIRES(mutex_);
  void FinishLocked() FAULTLINE_REQUIRES(mutex_);

  SessionContext& context_;
  Owner& owner_;
  grpc::ServerCompletionQueue& queue_;
  FunctionTag read_tag_, write_tag_, finish_tag_;

  // The completion queue's thread only.
  std::string peer_;
  HostIdentity identity_;  // written under mutex_, before serial_
  QueueTimer deadline_;    // for the hello, later for the end
  faultline::v1::AgentMessage incoming_;
  RoundTrip round_trip_;
  bool said_goodbye_ = false;

  mutable Mutex mutex_;
  std::unique_ptr<Call> call_ FAULTLINE_GUARDED_BY(mutex_) = std::make_unique<Call>();
  faultline::v1::CollectorMessage outgoing_ FAULTLINE_GUARDED_BY(mutex_);
  std::deque<faultline::v1::CollectorMessage> waiting_ FAULTLINE_GUARDED_BY(mutex_);
  grpc::Status status_ FAULTLINE_GUARDED_BY(mutex_);
  // Of the agent's certificate; empty until it is known, and where nobody asks for it.
  std::string serial_ FAULTLINE_GUARDED_BY(mutex_);
  uint64_t stream_ FAULTLINE_GUARDED_BY(mutex_) = 0;  // the pipeline's number, 0 before the hello
  bool reading_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool writing_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool ending_ FAULTLINE_GUARDED_BY(mutex_) = false;
  bool finished_ FAULTLINE_GUARDED_BY(mutex_) = false;
};

}  // namespace faultline::ingest
