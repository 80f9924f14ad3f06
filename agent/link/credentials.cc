#include "agent/link/credentials.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/identity.h"
#include "common/tls/certificate.h"
#include "common/tls/pem_files.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/channel_arguments.h"

namespace faultline::link {
namespace {

constexpr int kMaxReceivedBytes = 1 << 20;

absl::Status CheckIdentity(X509* certificate, const std::string& path) {
  std::string last_error = "it has none";
  for (const std::string& uri : tls::UriNames(certificate)) {
    const absl::StatusOr<HostIdentity> identity = ParseIdentityUri(uri);
    if (identity.ok()) return absl::OkStatus();
    last_error = std::string(identity.status().message());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("tls.certificate: ", path,
                   " needs a URI name faultline://STACK/HOST?env=ENV&role=ROLE that says who "
                   "this host is: ",
                   last_error, "; make it with scripts/make-certificates"));
}

absl::StatusOr<tls::PemFiles> LoadPem(const config::TlsFiles& files) {
  absl::StatusOr<tls::PemFiles> pem =
      tls::LoadPemFiles({files.ca, files.certificate, files.key}, "the agent's user");
  if (!pem.ok()) return pem;
  absl::Status checked = CheckIdentity(pem->leaf.get(), files.certificate);
  if (!checked.ok()) return checked;
  return pem;
}

// What holds for every channel to a collector.
grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  // The backoff is ours: a new channel must not inherit the old one's.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // No proxy from the environment and no look-ups beside the address itself.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return arguments;
}

}  // namespace

absl::Status CheckTlsFiles(const config::TlsFiles& files) { return LoadPem(files).status(); }

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const LinkOptions& options) {
  absl::StatusOr<tls::PemFiles> pem =
      options.credentials ? options.credentials() : LoadPem(options.tls);
  if (!pem.ok()) return pem.status();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = std::move(pem->ca);
  tls.pem_cert_chain = std::move(pem->certificate);
  tls.pem_private_key = std::move(pem->key);

  grpc::ChannelArguments arguments = Arguments();
  arguments.SetSslTargetNameOverride(options.server_name);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // No pings that measure the path for a larger window: what the collector says is small, and each
  // costs both sides a packet, a timer and a wakeup.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel(options.address, grpc::SslCredentials(tls), arguments);
}

std::shared_ptr<grpc::Channel> MakeUnverifiedChannel(const std::string& address,
                                                     const std::string& server_name) {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  grpc::ChannelArguments arguments = Arguments();
  arguments.SetSslTargetNameOverride(server_name);
  return grpc::CreateCustomChannel(address, tls::TlsCredentials(options), arguments);
}

std::shared_ptr<grpc::Channel> MakeServerVerifyingChannel(const std::string& address,
                                                          const std::string& server_name,
                                                          const std::string& authorities) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = authorities;
  grpc::ChannelArguments arguments = Arguments();
  arguments.SetSslTargetNameOverride(server_name);
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(tls), arguments);
}

}  // namespace faultline::link
