#include "collector/ingest/ingest.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/ingest/session.h"
#include "common/tls/pem_files.h"

namespace faultline::ingest {
namespace {

constexpr size_t kThreads = 2;
constexpr auto kStopWithin = std::chrono::milliseconds(500);

class IngestServerImpl : public IngestServer, public Session::Owner {
 public:
  IngestServerImpl(const IngestOptions& options, pipeline::AgentGate& gate, const Clock& clock)
      : options_(options), context_(options_, gate, clock) {}
  ~IngestServerImpl() override { Stop(); }

  absl::Status Listen(security::ServerCertificate own);
  void Run();

  int port() const override { return port_; }
  IngestCounters counters() const override {
    return {.streams = context_.streams,
            .accepted = context_.accepted,
            .refused_identity = context_.refused_identity,
            .refused_standing = context_.refused_standing,
            .invalid_messages = context_.invalid_messages,
            .slow_streams = context_.slow_streams};
  }
  void EndStreams(const HostId& host, const std::string& why) override;
  void OnGone(Session* session) override;

 private:
  // Waits for calls on one queue, one at a time.
  struct Acceptor : CompletionTag {
    void Complete(bool ok) override { server->OnAccepted(*this, ok); }
    IngestServerImpl* server = nullptr;
    std::unique_ptr<grpc::ServerCompletionQueue> queue;
    std::shared_ptr<Session> next;
    std::thread thread;
  };

  void AcceptNext(Acceptor& acceptor) FAULTLINE_REQUIRES(mutex_);
  void OnAccepted(Acceptor& acceptor, bool ok);
  void Stop();

  const IngestOptions options_;
  SessionContext context_;
  int port_ = 0;
  faultline::v1::AgentLink::AsyncService service_;
  std::unique_ptr<grpc::Server> server_;
  std::array<Acceptor, kThreads> acceptors_;

  Mutex mutex_;
  std::condition_variable gone_;
  std::map<Session*, std::shared_ptr<Session>> sessions_ FAULTLINE_GUARDED_BY(mutex_);
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;
};

absl::Status IngestServerImpl::Listen(security::ServerCertificate own) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = std::move(own.authority);
  tls.pem_key_cert_pairs.push_back({std::move(own.key), std::move(own.certificate)});
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options_.listen, grpc::SslServerCredentials(tls), &port_);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options_.max_message_bytes));
  // Another collector on the same port must fail, not share its agents.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 8);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  // Agents ping every 20 s; we find those that vanished without a word ourselves.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A window of fixed size instead of pings that measure each path: they wake every agent. 256 KiB
  // is enough for 5 MB/s over 50 ms.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 256 * 1024);
  builder.RegisterService(&service_);
  for (Acceptor& acceptor : acceptors_) acceptor.queue = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return absl::UnavailableError(
        absl::StrCat("listen.agents: cannot listen on ", options_.listen,
                     "; is another collector running, or is the address not one of this host?"));
  }
  return absl::OkStatus();
}

void IngestServerImpl::Run() {
  for (Acceptor& acceptor : acceptors_) {
    acceptor.server = this;
    {
      MutexLock lock(mutex_);
      AcceptNext(acceptor);
    }
    acceptor.thread = std::thread([queue = acceptor.queue.get()] { CompleteAll(*queue); });
  }
}

void IngestServerImpl::AcceptNext(Acceptor& acceptor) {
  acceptor.next = std::make_shared<Session>(context_, *this, *acceptor.queue);
  acceptor.next->Accept(service_, &acceptor);
}

void IngestServerImpl::OnAccepted(Acceptor& acceptor, bool ok) {
  const std::shared_ptr<Session> session = std::move(acceptor.next);
  bool stopping = false;
  {
    MutexLock lock(mutex_);
    stopping = stopping_;
    if (ok && !stopping) sessions_[session.get()] = session;
    // Nothing may be asked of a queue that is shut down.
    if (!stopping) AcceptNext(acceptor);
  }
  // Stop waits for the sessions that it knows: one that comes after it has looked must not begin,
  // since its queue may be gone by then. Its call ends with the server.
  if (ok && !stopping) session->Start();
}

void IngestServerImpl::OnGone(Session* session) {
  std::shared_ptr<Session> last;  // may be the last to hold it: not destroyed under the lock
  MutexLock lock(mutex_);
  const auto it = sessions_.find(session);
  if (it == sessions_.end()) return;
  last = std::move(it->second);
  sessions_.erase(it);
  gone_.notify_all();
}

void IngestServerImpl::EndStreams(const HostId& host, const std::string& why) {
  std::vector<std::shared_ptr<Session>> sessions;
  {
    MutexLock lock(mutex_);
    for (const auto& [key, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) session->EndUnlessStanding(host, why);
}

void IngestServerImpl::Stop() {
  if (server_ == nullptr) return;
  std::vector<std::shared_ptr<Session>> sessions;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& [key, session] : sessions_) sessions.push_back(session);
  }
  for (const auto& session : sessions) session->Close("the collector is stopping");
  sessions.clear();
  server_->Shutdown(std::chrono::system_clock::now() + kStopWithin);
  {
    // What is under way on a queue must have ended before the queue does.
    MutexLock lock(mutex_);
    lock.Wait(gone_, [this] { return sessions_.empty(); });
  }
  for (Acceptor& acceptor : acceptors_) acceptor.queue->Shutdown();
  for (Acceptor& acceptor : acceptors_) {
    if (acceptor.thread.joinable()) acceptor.thread.join();
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<IngestServer>> IngestServer::Start(const IngestOptions& options,
                                                                  pipeline::AgentGate& gate,
                                                                  const Clock& clock) {
  security::ServerCertificate own;
  if (options.own) {
    own = *options.own;
  } else {
    auto files =
        tls::LoadPemFiles({options.ca, options.certificate, options.key}, "the collector's user");
    if (!files.ok()) return files.status();
    own = {std::move(files->ca), std::move(files->certificate), std::move(files->key)};
  }
  auto server = std::make_unique<IngestServerImpl>(options, gate, clock);
  if (absl::Status status = server->Listen(std::move(own)); !status.ok()) return status;
  server->Run();
  return server;
}

}  // namespace faultline::ingest
