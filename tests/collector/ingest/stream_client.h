// A real gRPC client of the agents' service, and a pipeline that remembers what it was told.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "collector/ingest/ingest.h"
#include "faultline/v1/agent_link.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/agent/link/certificates.h"

namespace faultline::ingest {

namespace v1 = faultline::v1;

// A pipeline that remembers, and holds back `taken` when told.
class RecordingGate : public pipeline::AgentGate {
 public:
  uint64_t Opened(const HostIdentity& host, pipeline::HelloMessage,
                  std::shared_ptr<pipeline::AgentSession> session) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    hosts.push_back(host);
    sessions.push_back(std::move(session));
    changed_.notify_all();
    return hosts.size();
  }
  void Input(uint64_t, pipeline::AgentInput input, std::function<void()> taken) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      inputs.push_back(std::move(input));
      changed_.notify_all();
      if (hold_) {
        held.push_back(std::move(taken));
        return;
      }
    }
    taken();
  }
  void Closed(uint64_t) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++closed;
    changed_.notify_all();
  }
  bool WaitFor(const std::function<bool()>& done) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), done);
  }
  void Hold() {
    const std::lock_guard<std::mutex> lock(mutex_);
    hold_ = true;
  }
  template <typename Look>
  auto Locked(Look look) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return look();
  }

  // Under the mutex, or when nothing moves any more.
  std::vector<HostIdentity> hosts;
  std::vector<std::shared_ptr<pipeline::AgentSession>> sessions;
  std::vector<pipeline::AgentInput> inputs;
  std::vector<std::function<void()>> held;
  int closed = 0;

 private:
  bool hold_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
};

// One stream, as an agent has it.
class StreamClient {
 public:
  using Own = testing_certificates::Issued;

  StreamClient(int port, const std::string& ca, const Own& own) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = ca;
    tls.pem_cert_chain = own.certificate;
    tls.pem_private_key = own.key;
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("faultline-collector");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::AgentLink::NewStub(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                                             grpc::SslCredentials(tls), arguments));
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    stream_ = stub_->Connect(&context_);
  }
  ~StreamClient() { context_.TryCancel(); }

  bool Send(const v1::AgentMessage& message) { return stream_->Write(message); }
  bool Hello() {
    v1::AgentMessage message;
    v1::Hello& hello = *message.mutable_hello();
    hello.set_protocol_version(1);
    hello.set_spool_id("0123456789abcdef0123456789abcdef");
    hello.set_start_number(1);
    return Send(message);
  }
  bool Heartbeat(uint64_t number, uint64_t echoed = 0) {
    v1::AgentMessage message;
    v1::Heartbeat& heartbeat = *message.mutable_heartbeat();
    heartbeat.set_number(number);
    heartbeat.mutable_sent()->set_wall_ns(2'000);
    heartbeat.set_echoed_number(echoed);
    heartbeat.set_echo_received_wall_ns(echoed == 0 ? 0 : 2'000);
    return Send(message);
  }
  bool Receive(v1::CollectorMessage* message) { return stream_->Read(message); }
  void WritesDone() { stream_->WritesDone(); }
  // Reads to the end, then says how it ended.
  grpc::Status End() {
    v1::CollectorMessage ignored;
    while (stream_->Read(&ignored)) {
    }
    return stream_->Finish();
  }

 private:
  std::unique_ptr<v1::AgentLink::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AgentMessage, v1::CollectorMessage>> stream_;
};

}  // namespace faultline::ingest
