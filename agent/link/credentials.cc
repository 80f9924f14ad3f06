#include "agent/link/credentials.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/identity.h"
#include "common/text.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace faultline::link {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;
constexpr int kMaxReceivedBytes = 1 << 20;

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* p) const { Free(p); }
};
void FreeBio(BIO* bio) { BIO_free(bio); }
void FreeNames(GENERAL_NAMES* names) { GENERAL_NAMES_free(names); }
using BioPtr = std::unique_ptr<BIO, Freer<BIO, FreeBio>>;
using X509Ptr = std::unique_ptr<X509, Freer<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES, FreeNames>>;

struct Pem {
  std::string ca, certificate, key;
};

absl::StatusOr<std::string> ReadPem(const char* field, const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) {
    const std::string text = absl::StrCat("tls.", field, ": cannot open ", path, ": ",
                                          std::generic_category().message(errno));
    if (errno == ENOENT) {
      return absl::NotFoundError(absl::StrCat(text, "; put the certificates there"));
    }
    return absl::PermissionDeniedError(
        absl::StrCat(text, "; let the agent's user read it (chown, mode 0600 for the key)"));
  }
  std::string pem;
  char chunk[4096];
  size_t got = 0;
  while ((got = std::fread(chunk, 1, sizeof(chunk), file.get())) > 0) {
    pem.append(chunk, got);
    if (pem.size() > kMaxPemBytes) break;
  }
  if (std::ferror(file.get()) != 0 || pem.size() > kMaxPemBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("tls.", field, ": ", path, " cannot be read or is no PEM file"));
  }
  return pem;
}

absl::Status Bad(const char* field, const std::string& path, absl::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("tls.", field, ": ", path, " ", what));
}

BioPtr Bytes(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// An encrypted key must fail, not ask a terminal.
int NoPassword(char*, int, int, void*) { return 0; }

absl::Status CheckIdentity(X509* certificate, const std::string& path) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string last_error = "it has none";
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                                static_cast<size_t>(ASN1_STRING_length(uri)));
    const absl::StatusOr<HostIdentity> identity = ParseIdentityUri(text);
    if (identity.ok()) return absl::OkStatus();
    last_error = std::string(identity.status().message());
  }
  return Bad("certificate", path,
             absl::StrCat("needs a URI name faultline://STACK/HOST?env=ENV&role=ROLE that says who "
                          "this host is: ",
                          last_error, "; make it with scripts/make-certificates"));
}

absl::Status CheckPem(const config::TlsFiles& files, const Pem& pem) {
  const X509Ptr ca(PEM_read_bio_X509(Bytes(pem.ca).get(), nullptr, NoPassword, nullptr));
  if (ca == nullptr) return Bad("ca", files.ca, "holds no certificate in PEM form");
  const X509Ptr own(PEM_read_bio_X509(Bytes(pem.certificate).get(), nullptr, NoPassword, nullptr));
  if (own == nullptr) {
    return Bad("certificate", files.certificate, "holds no certificate in PEM form");
  }
  const KeyPtr key(PEM_read_bio_PrivateKey(Bytes(pem.key).get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) {
    return Bad("key", files.key, "holds no private key in PEM form without a password");
  }
  if (X509_check_private_key(own.get(), key.get()) != 1) {
    return Bad("key", files.key,
               absl::StrCat("does not belong to the certificate ", files.certificate,
                            "; put the two that were made together"));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(own.get())) < 0) {
    return Bad("certificate", files.certificate, "has expired; renew it");
  }
  return CheckIdentity(own.get(), files.certificate);
}

absl::StatusOr<Pem> LoadPem(const config::TlsFiles& files) {
  absl::StatusOr<std::string> ca = ReadPem("ca", files.ca);
  if (!ca.ok()) return ca.status();
  absl::StatusOr<std::string> certificate = ReadPem("certificate", files.certificate);
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key = ReadPem("key", files.key);
  if (!key.ok()) return key.status();
  Pem pem{*std::move(ca), *std::move(certificate), *std::move(key)};
  absl::Status checked = CheckPem(files, pem);
  if (!checked.ok()) return checked;
  return pem;
}

}  // namespace

absl::Status CheckTlsFiles(const config::TlsFiles& files) { return LoadPem(files).status(); }

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const LinkOptions& options) {
  absl::StatusOr<Pem> pem = LoadPem(options.tls);
  if (!pem.ok()) return pem.status();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = std::move(pem->ca);
  tls.pem_cert_chain = std::move(pem->certificate);
  tls.pem_private_key = std::move(pem->key);

  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(options.server_name);
  arguments.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // The backoff is ours: a new channel must not inherit the old one's.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // No proxy from the environment and no look-ups beside the address itself.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return grpc::CreateCustomChannel(options.address, grpc::SslCredentials(tls), arguments);
}

}  // namespace faultline::link
