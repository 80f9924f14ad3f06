// The collector's side of enrolment, of the tests' own make: a gRPC server with a real authority
// that holds tokens and says what the test wants.
#pragma once

#include <openssl/hmac.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "faultline/v1/enrolment.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/agent/link/fake_authority.h"

namespace faultline::link {

inline std::string HmacSha256(const std::string& key, const std::string& text) {
  unsigned char digest[32];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<const char*>(digest), size};
}

// Thread-safe.
class FakeEnrolment : private faultline::v1::Enrolment::Service {
 public:
  struct Manners {
    Span life = Span::Seconds(3600);
    Span since = Span::Seconds(60);  // the certificate began so long ago
    grpc::Status refuse_authority = grpc::Status::OK;
    grpc::Status refuse_enrol = grpc::Status::OK;
    grpc::Status refuse_renew = grpc::Status::OK;
    int lose_answers = 0;                // of Enrol, after all was done
    FakeEnrolment* passes_on = nullptr;  // GetAuthority is answered by this one
    bool swaps_authority = false;        // and its authority replaced by our own
    std::function<void(faultline::v1::Certificate*)> spoil;
  };
  struct Asked {
    int authority = 0;
    std::vector<faultline::v1::EnrolRequest> enrol;
    std::vector<faultline::v1::RenewRequest> renew;
    std::set<std::string> keys;  // public keys of all certificates (DER)
  };

  explicit FakeEnrolment(const Clock& clock) : clock_(clock) {}
  ~FakeEnrolment() override { Stop(); }

  void Start() {
    const auto issued = authority_.Issue(server_names_);
    grpc::SslServerCredentialsOptions tls(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    tls.pem_key_cert_pairs.push_back({issued.key, issued.certificate});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_), grpc::SslServerCredentials(tls),
                             &port_);
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
  const FakeAuthority& authority() const { return authority_; }
  void set_server_names(const std::string& names) { server_names_ = names; }

  // "ftok.ID.SECRET" is good from now on.
  void AddToken(const std::string& token) {
    std::lock_guard<std::mutex> lock(mutex_);
    tokens_[token.substr(5, 10)] = token;
  }
  void set_manners(const Manners& manners) {
    std::lock_guard<std::mutex> lock(mutex_);
    manners_ = manners;
  }
  Asked asked() {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  // False after 20 s.
  bool WaitFor(const std::function<bool(const Asked&)>& done) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return done(asked_); });
  }

  grpc::Status GetAuthority(grpc::ServerContext* context,
                            const faultline::v1::GetAuthorityRequest* request,
                            faultline::v1::GetAuthorityResponse* answer) override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++asked_.authority;
    changed_.notify_all();
    if (!manners_.refuse_authority.ok()) return manners_.refuse_authority;
    if (manners_.passes_on != nullptr) {
      const grpc::Status status = manners_.passes_on->GetAuthority(context, request, answer);
      if (manners_.swaps_authority) answer->set_authority(authority_.der());
      return status;
    }
    const auto token = tokens_.find(request->token_id());
    if (token == tokens_.end()) return {grpc::StatusCode::NOT_FOUND, "there is no such token"};
    const std::string key = HmacSha256(token->second.substr(16), "faultline authority v1");
    answer->set_authority(authority_.der());
    answer->set_proof(HmacSha256(
        key, "faultline proof v1" + std::string(1, '\0') + request->nonce() + authority_.der()));
    return grpc::Status::OK;
  }

 private:
  grpc::Status Enrol(grpc::ServerContext*, const faultline::v1::EnrolRequest* request,
                     faultline::v1::Certificate* answer) override {
    std::lock_guard<std::mutex> lock(mutex_);
    asked_.enrol.push_back(*request);
    changed_.notify_all();
    if (!manners_.refuse_enrol.ok()) return manners_.refuse_enrol;
    bool known = false;
    for (const auto& [id, token] : tokens_) known = known || token == request->token();
    if (!known) return {grpc::StatusCode::UNAUTHENTICATED, "the token is not known"};
    const grpc::Status issued = Issue(request->certificate_request(), request->host(), answer);
    if (manners_.lose_answers-- > 0) return {grpc::StatusCode::UNAVAILABLE, "the line broke"};
    return issued;
  }

  grpc::Status Renew(grpc::ServerContext*, const faultline::v1::RenewRequest* request,
                     faultline::v1::Certificate* answer) override {
    std::lock_guard<std::mutex> lock(mutex_);
    asked_.renew.push_back(*request);
    changed_.notify_all();
    if (!manners_.refuse_renew.ok()) return manners_.refuse_renew;
    const auto* at = reinterpret_cast<const unsigned char*>(request->certificate().data());
    const tls::X509Ptr present(
        d2i_X509(nullptr, &at, static_cast<long>(request->certificate().size())));
    if (present == nullptr || !authority_.HasSigned(present.get())) {
      return {grpc::StatusCode::UNAUTHENTICATED, "not a certificate of this authority"};
    }
    const std::string text =
        "faultline renew v1" + std::string(1, '\0') + request->certificate_request();
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool is_signed =
        EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr,
                             X509_get0_pubkey(present.get())) == 1 &&
        EVP_DigestVerify(context,
                         reinterpret_cast<const unsigned char*>(request->signature().data()),
                         request->signature().size(),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
    EVP_MD_CTX_free(context);
    if (!is_signed) return {grpc::StatusCode::UNAUTHENTICATED, "the signature is wrong"};
    return Issue(request->certificate_request(), "db-1", answer);
  }

  grpc::Status Issue(const std::string& wanted, const std::string& host,
                     faultline::v1::Certificate* answer) {
    const auto* at = reinterpret_cast<const unsigned char*>(wanted.data());
    X509_REQ* request = d2i_X509_REQ(nullptr, &at, static_cast<long>(wanted.size()));
    EVP_PKEY* key = request == nullptr ? nullptr : X509_REQ_get0_pubkey(request);
    const bool good = key != nullptr && X509_REQ_verify(request, key) == 1;
    if (good) {
      const WallTime begin = clock_.Now() - manners_.since;
      answer->add_chain(authority_.Sign(key, "URI:faultline://shop/" + host + "?env=prod&role=db",
                                        begin, begin + manners_.life));
      answer->add_authorities(authority_.der());
      unsigned char* bytes = nullptr;
      const int size = i2d_PUBKEY(key, &bytes);
      asked_.keys.insert({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
      OPENSSL_free(bytes);
      if (manners_.spoil) manners_.spoil(answer);
    }
    X509_REQ_free(request);
    return good ? grpc::Status::OK
                : grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "certificate_request is bad");
  }

  const Clock& clock_;
  FakeAuthority authority_;
  std::string server_names_ = testing_certificates::kCollectorName;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Manners manners_;
  Asked asked_;
  std::map<std::string, std::string> tokens_;
};

}  // namespace faultline::link
