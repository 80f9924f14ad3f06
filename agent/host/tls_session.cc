#include "agent/host/tls_session.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/host/endpoint.h"
#include "common/tls/certificate.h"
#include "common/tls/openssl.h"

namespace faultline::host {
namespace {

constexpr size_t kMaxDoubts = 8;
constexpr int kMaxServed = 16;

using Context = std::unique_ptr<SSL_CTX, tls::FreeBy<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, tls::FreeBy<SSL_free>>;

TlsDoubtKind DoubtKindOf(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return TlsDoubtKind::kExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return TlsDoubtKind::kNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return TlsDoubtKind::kWrongName;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return TlsDoubtKind::kSelfSigned;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return TlsDoubtKind::kIssuerMissing;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return TlsDoubtKind::kUntrusted;
    default:
      return TlsDoubtKind::kOther;
  }
}

// Our index in SSL's extra data, for the list of doubts.
int DoubtsIndex() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

// Goes on after every error, so that all of them are known.
int OnVerified(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return 1;
  const SSL* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* doubts = static_cast<std::vector<TlsDoubt>*>(SSL_get_ex_data(ssl, DoubtsIndex()));
  const int error = X509_STORE_CTX_get_error(store);
  const TlsDoubtKind kind = DoubtKindOf(error);
  const bool known = std::any_of(doubts->begin(), doubts->end(), [&](const TlsDoubt& doubt) {
    return doubt.kind == kind && kind != TlsDoubtKind::kOther;
  });
  if (!known && doubts->size() < kMaxDoubts) {
    doubts->push_back(
        {kind, X509_STORE_CTX_get_error_depth(store), X509_verify_cert_error_string(error)});
  }
  return 1;
}

class OpensslSession : public TlsSession {
 public:
  absl::Status Open(const TlsSettings& settings) {
    ERR_clear_error();
    absl::Status opened = TryOpen(settings);
    ERR_clear_error();
    return opened;
  }

  void Feed(std::string_view from_peer) override {
    BIO_write(incoming_, from_peer.data(), static_cast<int>(from_peer.size()));
  }

  std::string TakeOutput() override {
    std::string out(BIO_ctrl_pending(outgoing_), '\0');
    if (!out.empty()) BIO_read(outgoing_, out.data(), static_cast<int>(out.size()));
    return out;
  }

  Step Handshake() override {
    ERR_clear_error();
    return After(SSL_do_handshake(ssl_.get()));
  }

  Step Read(std::string* out) override {
    ERR_clear_error();
    std::array<char, 16384> buffer;
    const int n = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (n > 0) out->assign(buffer.data(), static_cast<size_t>(n));
    return After(n);
  }

  // A memory BIO takes everything, so this cannot be partial.
  void Write(std::string_view plain) override {
    ERR_clear_error();
    SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  }

  void Close() override {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  const std::string& failure() const override { return failure_; }
  bool key_mismatch() const override { return key_mismatch_; }

  TlsFacts Facts() const override {
    TlsFacts facts;
    facts.version = SSL_get_version(ssl_.get());
    facts.doubts = doubts_;
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl_.get());
    for (int i = 0; i < std::min(sk_X509_num(chain), kMaxServed); ++i) {
      facts.chain += tls::PemOf(sk_X509_value(chain, i));
    }
    return facts;
  }

 private:
  absl::Status TryOpen(const TlsSettings& settings) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (context_ == nullptr) return absl::InternalError("OpenSSL cannot make a TLS client");
    if (settings.ca.empty()) {
      // The folder by hash, one file when it is needed. The bundle of all authorities, which
      // SSL_CTX_set_default_verify_paths reads as well, takes 40 ms each time.
      SSL_CTX_set_default_verify_dir(context_.get());
    } else if (SSL_CTX_load_verify_file(context_.get(), settings.ca.c_str()) != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(settings.ca, " cannot be read as certificates in PEM form"));
    } else {
      Trust(settings.also_trusted);
    }
    // Servers that end without close_notify are many, and their answers have a length.
    SSL_CTX_set_options(context_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
    ssl_.reset(SSL_new(context_.get()));
    tls::BioPtr incoming(BIO_new(BIO_s_mem()));
    tls::BioPtr outgoing(BIO_new(BIO_s_mem()));
    if (ssl_ == nullptr || incoming == nullptr || outgoing == nullptr) {
      return absl::InternalError("OpenSSL cannot make a TLS client");
    }
    incoming_ = incoming.release();
    outgoing_ = outgoing.release();
    SSL_set_bio(ssl_.get(), incoming_, outgoing_);
    SSL_set_connect_state(ssl_.get());
    SSL_set_ex_data(ssl_.get(), DoubtsIndex(), &doubts_);
    SSL_set_verify(ssl_.get(), SSL_VERIFY_NONE, &OnVerified);
    return Name(settings);
  }

  void Trust(const std::string& pem) {
    if (pem.empty()) return;
    const tls::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    while (const tls::X509Ptr each{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), each.get());
    }
    // Of two that sign themselves under one name OpenSSL takes one as the issuer; the served one is
    // to be found as it is.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_.get()), X509_V_FLAG_PARTIAL_CHAIN);
    ERR_clear_error();
  }

  absl::Status Name(const TlsSettings& settings) {
    const std::string& name = settings.server_name;
    bool fits = true;
    if (ParseIpAddress(name).has_value()) {
      fits = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str()) == 1;
    } else if (!name.empty()) {
      SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      fits = SSL_set1_host(ssl_.get(), name.c_str()) == 1 &&
             SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) == 1;
    }
    if (!fits) return absl::InvalidArgumentError(absl::StrCat(name, " cannot be a server's name"));
    if (!settings.alpn.empty()) {
      const std::string list =
          absl::StrCat(std::string(1, static_cast<char>(settings.alpn.size())), settings.alpn);
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
    }
    return absl::OkStatus();
  }

  Step After(int result) {
    if (result > 0) return Step::kDone;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return Step::kMore;
      case SSL_ERROR_ZERO_RETURN:
        return Step::kClosed;
      default:
        Explain();
        return Step::kFailed;
    }
  }

  // The last error is TLS's own; those before it are how the libraries below came to it.
  void Explain() {
    const unsigned long error = ERR_peek_last_error();
    const char* words = ERR_reason_error_string(error);
    failure_ = words == nullptr ? "the TLS session failed" : words;
    if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
      const int reason = ERR_GET_REASON(error);
      key_mismatch_ = reason == SSL_R_BAD_SIGNATURE;
      if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
          reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
        failure_ += "; what answers there does not speak TLS";
      }
    }
    ERR_clear_error();
  }

  std::vector<TlsDoubt> doubts_;
  Context context_;
  Ssl ssl_;
  BIO* incoming_ = nullptr;  // both are the session's
  BIO* outgoing_ = nullptr;
  std::string failure_;
  bool key_mismatch_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TlsSession>> TlsSession::Create(const TlsSettings& settings) {
  auto session = std::make_unique<OpensslSession>();
  if (absl::Status opened = session->Open(settings); !opened.ok()) return opened;
  return session;
}

}  // namespace faultline::host
