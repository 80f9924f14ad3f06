// Who is believed: authorities, names, protocol versions, files.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/agent/link/link_testing.h"

namespace faultline::link {
namespace {

using ::testing::HasSubstr;
using testing_certificates::Authority;
using testing_certificates::kAgentName;
using testing_certificates::kCollectorName;
using testing_certificates::WriteFiles;

TEST_F(LinkTest, RefusesACollectorOfAnotherAuthority) {
  StartCollector();
  Authority other;
  options_.tls = WriteFiles(dir_.path(), "other", other.pem(), authority_.Issue(kAgentName));
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("is the collector's certificate of our tls.ca"));
  EXPECT_FALSE(source_.was_connected());
  EXPECT_TRUE(collector_.said().empty());
}

TEST_F(LinkTest, RefusesACollectorOfAnotherName) {
  StartCollector();
  options_.server_name = "someone-else";
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("for its name"));
  EXPECT_FALSE(source_.was_connected());
  EXPECT_TRUE(collector_.said().empty());
}

TEST_F(LinkTest, IsRefusedWithACertificateOfAnotherAuthority) {
  StartCollector();
  Authority other;
  options_.tls = WriteFiles(dir_.path(), "other", authority_.pem(), other.Issue(kAgentName));
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure("certificate")) << source_.last_failure();
  EXPECT_FALSE(source_.was_connected());
  EXPECT_TRUE(collector_.said().empty());
}

TEST_F(LinkTest, WaitsForFilesThatAreNotThereYet) {
  StartCollector();
  const config::TlsFiles files = options_.tls;
  ASSERT_EQ(rename(files.key.c_str(), (files.key + ".away").c_str()), 0);
  StartLink();
  ASSERT_TRUE(source_.WaitForFailure(files.key));
  ASSERT_EQ(rename((files.key + ".away").c_str(), files.key.c_str()), 0);
  EXPECT_TRUE(source_.WaitForConnected());
}

// Takes one TLS handshake after the other with at most `max_version`; says how the first ended.
class TlsPort {
 public:
  TlsPort(const config::TlsFiles& files, int max_version)
      : context_(SSL_CTX_new(TLS_server_method())),
        fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SSL_CTX_set_max_proto_version(context_, max_version);
    SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_alpn_select_cb(
        context_,
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned,
           void*) {
          static const unsigned char kH2[] = {'h', '2'};
          *out = kH2;
          *size = 2;
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd_, 8) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~TlsPort() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
    SSL_CTX_free(context_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // 0: no handshake has ended yet, 1: done, -1: failed.
  int outcome() const { return outcome_; }
  int WaitForOutcome() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (outcome_ == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return outcome_;
  }

 private:
  void Run() {
    while (true) {
      const int peer = accept(fd_, nullptr, nullptr);
      if (peer < 0) return;
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, peer);
      const bool done = SSL_accept(ssl) == 1;
      int none = 0;
      outcome_.compare_exchange_strong(none, done ? 1 : -1);
      SSL_free(ssl);
      close(peer);
      ERR_clear_error();
    }
  }

  SSL_CTX* context_;
  int fd_;
  int port_ = 0;
  std::atomic<int> outcome_{0};
  std::thread thread_;
};

TEST_F(LinkTest, SpeaksOnlyTls13) {
  const config::TlsFiles server =
      WriteFiles(dir_.path(), "server", authority_.pem(), authority_.Issue(kCollectorName));
  {
    TlsPort old(server, TLS1_2_VERSION);
    options_.address = old.address();
    StartLink();
    EXPECT_EQ(old.WaitForOutcome(), -1);
    link_.reset();
  }
  // The same port with 1.3 is believed: it was the version.
  TlsPort present(server, TLS1_3_VERSION);
  options_.address = present.address();
  StartLink();
  EXPECT_EQ(present.WaitForOutcome(), 1);
  link_.reset();
}

TEST(CheckTlsFiles, NamesTheFileAndTheFix) {
  spool::TempDir dir;
  Authority authority;
  const auto good = authority.Issue(kAgentName);
  const config::TlsFiles files = WriteFiles(dir.path(), "a", authority.pem(), good);
  EXPECT_TRUE(CheckTlsFiles(files).ok()) << CheckTlsFiles(files);

  const auto error = [&](const config::TlsFiles& broken) {
    const absl::Status status = CheckTlsFiles(broken);
    EXPECT_FALSE(status.ok());
    return std::string(status.message());
  };
  config::TlsFiles broken = files;
  broken.ca = dir.path() + "/none.crt";
  EXPECT_THAT(error(broken), HasSubstr("tls.ca: cannot open " + broken.ca));
  broken = files;
  broken.ca = files.key;
  EXPECT_THAT(error(broken), HasSubstr("holds no certificate"));
  broken = files;
  broken.certificate = dir.path() + "/empty.crt";
  testing_certificates::WriteFile(broken.certificate, "");
  EXPECT_THAT(error(broken), HasSubstr("holds no certificate"));
  broken = files;
  broken.key = dir.path();
  EXPECT_THAT(error(broken), HasSubstr("tls.key: " + dir.path()));
  EXPECT_THAT(error(WriteFiles(dir.path(), "b", authority.pem(),
                               {good.certificate, authority.Issue(kAgentName).key})),
              HasSubstr("does not belong to the certificate"));
  EXPECT_THAT(error(WriteFiles(dir.path(), "c", authority.pem(), authority.Issue("DNS:db-1"))),
              HasSubstr("faultline://"));
  EXPECT_THAT(
      error(WriteFiles(dir.path(), "d", authority.pem(), authority.Issue("URI:faultline://shop"))),
      HasSubstr("make-certificates"));
  EXPECT_THAT(error(WriteFiles(dir.path(), "e", authority.pem(), authority.Issue(kAgentName, -60))),
              HasSubstr("expired"));
  EXPECT_EQ(error(broken).find("BEGIN"), std::string::npos);
}

}  // namespace
}  // namespace faultline::link
