// Handshakes with a real nginx that serves certificates of every kind.
#include "agent/host/tls_handshake.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "tests/agent/host/run_until.h"
#include "tests/fakes/private_nginx.h"
#include "tests/fakes/web_certificates.h"

namespace faultline::host {
namespace {

using fakes::WebAuthority;
using fakes::WebCertificate;

constexpr char kServers[] =
    "server { listen 127.0.0.1:@PLAIN@; }\n"
    "server { listen 127.0.0.1:@TLS@ ssl; ssl_certificate @DIR@/site.pem; "
    "ssl_certificate_key @DIR@/site.key; ssl_protocols ";

class TlsHandshakeTest : public testing::Test {
 protected:
  TlsHandshakeTest() : loop_(Loop::Create().value()) {}
  void SetUp() override {
    if (!fakes::PrivateNginx::IsPossible()) GTEST_SKIP() << "no nginx here";
    Write("root.pem", root_.pem());
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(nginx_ / name, std::ios::trunc) << text;
  }
  void Serve(const std::string& chain, const std::string& key,
             const std::string& protocols = "TLSv1.2 TLSv1.3") {
    Write("site.pem", chain);
    Write("site.key", key);
    ASSERT_TRUE(nginx_.Start(kServers + protocols + "; }\n")) << nginx_.log();
  }

  HandshakeResult Shake(const std::string& name = "app.example") {
    return Shake(name, nginx_ / "root.pem");
  }
  HandshakeResult Shake(const std::string& name, const std::string& ca) {
    std::optional<HandshakeResult> result;
    std::unique_ptr<TlsHandshake> handshake = BeginTlsHandshake(
        *loop_, {ParseIpAddress("127.0.0.1").value(), nginx_.tls_port(), Span::Seconds(20)},
        {.server_name = name, .ca = ca}, [&](HandshakeResult got) {
          handshake.reset();  // it may, and most callers do
          result = std::move(got);
        });
    EXPECT_TRUE(RunUntil(*loop_, [&] { return result.has_value(); }));
    return result.value_or(HandshakeResult{});
  }
  // Doubts in short: "expired@0 ...", "" when verified, "no handshake: ..." without one.
  static std::string Doubts(const HandshakeResult& result) {
    static const char* const kWords[] = {"expired", "not yet",   "name", "self-signed",
                                         "issuer",  "untrusted", "other"};
    if (result.failure.has_value()) return "no handshake: " + result.failure->words;
    std::string text;
    for (const TlsDoubt& doubt : result.facts.doubts) {
      text += (text.empty() ? "" : " ") + std::string(kWords[static_cast<int>(doubt.kind)]) + "@" +
              std::to_string(doubt.depth);
    }
    return text;
  }

  std::unique_ptr<Loop> loop_;
  fakes::PrivateNginx nginx_;
  const WebAuthority root_{"test root"};
  const WebAuthority intermediate_{"test intermediate", &root_};
};

TEST_F(TlsHandshakeTest, AGoodChainIsVerifiedAndHandedOutAsServed) {
  const WebCertificate site = intermediate_.Issue();
  Serve(site.pem + intermediate_.pem(), site.key);
  const HandshakeResult result = Shake();
  EXPECT_EQ(Doubts(result), "");
  EXPECT_EQ(result.facts.chain, site.pem + intermediate_.pem());
  EXPECT_EQ(result.facts.version, "TLSv1.3");
  EXPECT_GT(result.times.tls.ns, 0);
}

TEST_F(TlsHandshakeTest, WhatIsWrongWithACertificateIsReportedAndEndsNothing) {
  const WebAuthority stranger("strange root");
  const WebCertificate good = intermediate_.Issue();
  const WebCertificate expired = root_.Issue({.from = -7200, .until = -3600});
  const WebCertificate early = root_.Issue({.from = 3600});
  const WebCertificate other = root_.Issue({.names = "DNS:other.example"});
  const WebCertificate self = WebAuthority::SelfSigned();
  const WebCertificate strange = stranger.Issue();
  const struct {
    std::string chain;
    std::string key;
    const char* doubts;
  } table[] = {
      {expired.pem, expired.key, "expired@0"},
      {early.pem, early.key, "not yet@0"},
      {other.pem, other.key, "name@0"},
      {self.pem, self.key, "self-signed@0"},
      {good.pem, good.key, "issuer@0"},  // the intermediate is not served
      {strange.pem + stranger.pem(), strange.key, "untrusted@1"},
  };
  for (const auto& row : table) {
    Serve(row.chain, row.key);
    EXPECT_EQ(Doubts(Shake()), row.doubts);
    nginx_.Stop();
  }
}

TEST_F(TlsHandshakeTest, SeveralDoubtsAreAllTold) {
  const WebCertificate bad =
      WebAuthority::SelfSigned({.names = "DNS:other.example", .from = -7200, .until = -3600});
  Serve(bad.pem, bad.key);
  const std::string doubts = Doubts(Shake());
  for (const char* doubt : {"self-signed@0", "name@0", "expired@0"}) {
    EXPECT_NE(doubts.find(doubt), std::string::npos) << doubts;
  }
}

TEST_F(TlsHandshakeTest, WithoutAnAuthorityOfItsOwnTheSystemsFolderIsTrusted) {
  const WebCertificate site = root_.Issue();
  Serve(site.pem, site.key);
  std::filesystem::create_directory(nginx_ / "certs");
  setenv("SSL_CERT_DIR", (nginx_ / "certs").c_str(), 1);
  EXPECT_EQ(Doubts(Shake("app.example", "")), "issuer@0");
  char name[32];
  snprintf(name, sizeof(name), "certs/%08lx.0", root_.subject_hash());
  Write(name, root_.pem());
  EXPECT_EQ(Doubts(Shake("app.example", "")), "");
  unsetenv("SSL_CERT_DIR");
}

TEST_F(TlsHandshakeTest, WithoutANameNoneIsChecked) {
  const WebCertificate other = root_.Issue({.names = "DNS:other.example"});
  Serve(other.pem, other.key);
  EXPECT_EQ(Doubts(Shake("")), "");
}

TEST_F(TlsHandshakeTest, AnAddressIsCheckedAsAnAddress) {
  const WebCertificate site = root_.Issue({.names = "IP:127.0.0.1"});
  Serve(site.pem, site.key);
  EXPECT_EQ(Doubts(Shake("127.0.0.1")), "");
  EXPECT_EQ(Doubts(Shake("127.0.0.2")), "name@0");
}

// nginx refuses to start with a key that says it is another's; one that lies is found out by
// whoever shakes hands.
TEST_F(TlsHandshakeTest, AKeyThatIsNotTheCertificatesShowsInTheHandshake) {
  const WebCertificate site = root_.Issue();
  for (const char* protocol : {"TLSv1.2", "TLSv1.3"}) {
    Serve(site.pem, fakes::KeyThatClaims(site), protocol);
    const HandshakeResult result = Shake();
    ASSERT_TRUE(result.failure.has_value()) << protocol;
    EXPECT_EQ(result.failure->kind, StreamEndKind::kTls);
    EXPECT_TRUE(result.failure->key_mismatch) << protocol << ": " << result.failure->words;
    nginx_.Stop();
  }
}

TEST_F(TlsHandshakeTest, AServerThatRefusesTheNameSaysSoInWords) {
  const WebCertificate site = root_.Issue();
  Write("site.pem", site.pem);
  Write("site.key", site.key);
  ASSERT_TRUE(
      nginx_.Start("server { listen 127.0.0.1:@PLAIN@; }\n"
                   "server { listen 127.0.0.1:@TLS@ ssl; ssl_reject_handshake on; }\n"))
      << nginx_.log();
  const HandshakeResult result = Shake();
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_EQ(result.failure->kind, StreamEndKind::kTls);
  EXPECT_NE(result.failure->words.find("unrecognized name"), std::string::npos)
      << result.failure->words;
  EXPECT_FALSE(result.failure->key_mismatch);
}

TEST_F(TlsHandshakeTest, NginxLogsNothingOfIt) {
  const WebCertificate site = root_.Issue();
  Serve(site.pem, site.key);
  EXPECT_EQ(Doubts(Shake()), "");
  nginx_.Stop();
  EXPECT_EQ(nginx_.access_log(), "");
  EXPECT_EQ(nginx_.log(), "");
}

}  // namespace
}  // namespace faultline::host
