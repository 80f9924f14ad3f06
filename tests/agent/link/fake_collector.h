// A collector of its own make: a gRPC server that keeps what agents say and says what the test
// wants.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/tls/certificate.h"
#include "faultline/v1/agent_link.grpc.pb.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/grpcpp.h"
#include "tests/agent/link/certificates.h"

namespace faultline::link {

using faultline::v1::AgentMessage;
using faultline::v1::CollectorMessage;

// What was said on one stream.
using Said = std::vector<AgentMessage>;

class FakeCollector : private faultline::v1::AgentLink::Service {
 public:
  using Stream = grpc::ServerReaderWriter<CollectorMessage, AgentMessage>;

  struct Manners {
    bool welcome = true;
    bool echo = true;
    bool acknowledge = false;
    CollectorMessage welcome_message = [] {
      CollectorMessage message;
      message.mutable_welcome()->set_heartbeat_interval_ns(100'000'000);
      return message;
    }();
    grpc::Status refuse_with = grpc::Status::OK;  // not OK: every stream ends so at its hello
    std::function<void()> at_hello = [] {};       // before it is answered
  };

  FakeCollector(std::string ca, testing_certificates::Issued issued)
      : ca_(std::move(ca)), issued_(std::move(issued)) {}
  ~FakeCollector() override { Stop(); }

  // `port` 0: any; the next Start takes the same again.
  void Start() {
    grpc::SslServerCredentialsOptions tls(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = ca_;
    tls.pem_key_cert_pairs.push_back({issued_.key, issued_.certificate});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_), grpc::SslServerCredentials(tls),
                             &port_);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  void set_manners(const Manners& manners) {
    std::lock_guard<std::mutex> lock(mutex_);
    manners_ = manners;
  }

  // Waits until `done` holds of everything said, stream by stream. False after 20 s.
  bool WaitFor(const std::function<bool(const std::vector<Said>&)>& done) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return done(said_); });
  }
  std::vector<Said> said() {
    std::lock_guard<std::mutex> lock(mutex_);
    return said_;
  }

  // Of the certificates that the streams came with.
  std::vector<std::string> serials() {
    std::lock_guard<std::mutex> lock(mutex_);
    return serials_;
  }

  // To the newest stream.
  bool Send(const CollectorMessage& message) {
    std::lock_guard<std::mutex> lock(mutex_);
    return stream_ != nullptr && stream_->Write(message);
  }
  // Ends the newest stream as a network does: without a word.
  void Drop() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

 private:
  grpc::Status Connect(grpc::ServerContext* context, Stream* stream) override {
    size_t number = 0;
    Manners manners;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      number = said_.size();
      said_.emplace_back();
      const auto pem =
          context->auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
      serials_.push_back(pem.empty() ? "" : tls::SerialOfPem({pem[0].data(), pem[0].size()}));
      stream_ = stream;
      context_ = context;
      manners = manners_;
    }
    grpc::Status status;
    AgentMessage message;
    while (stream->Read(&message)) {
      if (message.has_hello()) manners.at_hello();
      std::lock_guard<std::mutex> lock(mutex_);
      said_[number].push_back(message);
      changed_.notify_all();
      if (message.has_hello() && !manners.refuse_with.ok()) {
        status = manners.refuse_with;
        break;
      }
      Answer(message, manners, stream);
    }
    std::lock_guard<std::mutex> lock(mutex_);
    if (stream_ == stream) {
      stream_ = nullptr;
      context_ = nullptr;
    }
    return status;
  }

  static void Answer(const AgentMessage& message, const Manners& manners, Stream* stream) {
    CollectorMessage answer;
    if (message.has_hello() && manners.welcome) stream->Write(manners.welcome_message);
    if (message.has_heartbeat() && manners.echo) {
      answer.mutable_heartbeat_echo()->set_number(message.heartbeat().number());
      answer.mutable_heartbeat_echo()->set_received_wall_ns(1);
      stream->Write(answer);
    }
    if (message.has_records() && manners.acknowledge) {
      std::map<int, uint64_t> last;
      for (const auto& record : message.records().records()) last[record.stream()] = record.seq();
      for (const auto& [which, seq] : last) {
        auto* position = answer.mutable_ack()->add_positions();
        position->set_stream(static_cast<faultline::v1::Stream>(which));
        position->set_seq(seq);
      }
      stream->Write(answer);
    }
  }

  const std::string ca_;
  const testing_certificates::Issued issued_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Manners manners_;
  std::vector<Said> said_;
  std::vector<std::string> serials_;
  Stream* stream_ = nullptr;
  grpc::ServerContext* context_ = nullptr;
};

// All records of a stream, in the order they came.
inline std::vector<faultline::v1::Record> RecordsOf(const Said& said,
                                                    faultline::v1::Stream stream) {
  std::vector<faultline::v1::Record> records;
  for (const AgentMessage& message : said) {
    for (const auto& record : message.records().records()) {
      if (record.stream() == stream) records.push_back(record);
    }
  }
  return records;
}

}  // namespace faultline::link
