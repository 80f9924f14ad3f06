#include "collector/enrolment/enrolment_server.h"

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/enrolment/call.h"
#include "common/grpc/completion.h"
#include "faultline/v1/enrolment.grpc.pb.h"
#include "grpcpp/alarm.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"

namespace faultline::enrolment {
namespace {

namespace v1 = faultline::v1;

constexpr auto kStopWithin = std::chrono::milliseconds(500);
constexpr size_t kMaxMemory = size_t{64} << 20;  // of all connections' buffers
constexpr int kMaxMillis = 60'000;               // of a connection

class EnrolmentServerImpl : public EnrolmentServer {
 public:
  explicit EnrolmentServerImpl(security::Joining& joining)
      : joining_(joining), end_([this](bool) {
          stopping_ = true;
          queue_->Shutdown();
        }) {}
  ~EnrolmentServerImpl() override;

  absl::Status Listen(const EnrolmentOptions& options,
                      const security::ServerCertificate& certificate);
  void Run();
  int port() const override { return port_; }

 private:
  security::Joining& joining_;
  int port_ = 0;
  v1::Enrolment::AsyncService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  bool stopping_ = false;  // the queue's thread only
  // Completes on the queue's own thread, when no call is being answered there: its answer needs the
  // queue.
  FunctionTag end_;
  std::thread thread_;
};

absl::Status EnrolmentServerImpl::Listen(const EnrolmentOptions& options,
                                         const security::ServerCertificate& certificate) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  tls.pem_key_cert_pairs.push_back({certificate.key, certificate.certificate});
  grpc::ResourceQuota quota("enrolment");
  quota.Resize(kMaxMemory);
  grpc::ServerBuilder builder;
  builder.SetResourceQuota(quota);
  builder.AddListeningPort(options.listen, grpc::SslServerCredentials(tls), &port_);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 4);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8 * 1024);
  // A call whose message never comes is not seen here: the end of its connection ends it.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kMaxMillis / 2);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kMaxMillis / 2);
  builder.RegisterService(&service_);
  queue_ = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return absl::UnavailableError(
        absl::StrCat("listen.enrolment: cannot listen on ", options.listen,
                     "; is another collector running, or is the address not one of this host?"));
  }
  return absl::OkStatus();
}

void EnrolmentServerImpl::Run() {
  const auto answer = [this](const auto& request, const std::string& peer) {
    return Answer(joining_, request, peer);
  };
  Call<v1::GetAuthorityRequest, v1::GetAuthorityResponse>::Accept(
      {*queue_, [this](auto... call) { service_.RequestGetAuthority(call...); }, answer,
       stopping_});
  Call<v1::EnrolRequest, v1::Certificate>::Accept(
      {*queue_, [this](auto... call) { service_.RequestEnrol(call...); }, answer, stopping_});
  Call<v1::RenewRequest, v1::Certificate>::Accept(
      {*queue_, [this](auto... call) { service_.RequestRenew(call...); }, answer, stopping_});
  thread_ = std::thread([queue = queue_.get()] { CompleteAll(*queue); });
}

EnrolmentServerImpl::~EnrolmentServerImpl() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + kStopWithin);
  grpc::Alarm now;
  now.Set(queue_.get(), std::chrono::system_clock::now(), &end_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace

absl::StatusOr<std::unique_ptr<EnrolmentServer>> EnrolmentServer::Start(
    const EnrolmentOptions& options, const security::ServerCertificate& server,
    security::Joining& joining) {
  auto started = std::make_unique<EnrolmentServerImpl>(joining);
  if (absl::Status status = started->Listen(options, server); !status.ok()) return status;
  started->Run();
  return started;
}

}  // namespace faultline::enrolment
