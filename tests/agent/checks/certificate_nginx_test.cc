// The certificate check on files that a real nginx serves, or does not serve yet.
#include <filesystem>

#include "tests/agent/checks/check_testing.h"
#include "tests/fakes/private_nginx.h"
#include "tests/fakes/web_certificates.h"

namespace faultline::checks {
namespace {

using fakes::WebAuthority;
using fakes::WebCertificate;

// The layout of certbot: live/app/*.pem are symlinks into archive/app.
class CertificateNginxTest : public CheckTest {
 protected:
  void SetUp() override {
    if (!fakes::PrivateNginx::IsPossible()) GTEST_SKIP() << "no nginx here";
    std::filesystem::create_directories(directory_ / "archive/app");
    std::filesystem::create_directories(directory_ / "live/app");
    WriteFile(directory_ / "root.pem", root_.pem());
  }

  // What certbot does: new files beside the old ones, then each symlink is swapped.
  void Install(const WebCertificate& certificate, const std::string& chain) {
    const std::string version = std::to_string(++version_);
    const std::pair<std::string, std::string> files[] = {{"fullchain", certificate.pem + chain},
                                                         {"privkey", certificate.key}};
    for (const auto& [name, text] : files) {
      WriteFile(directory_ / ("archive/app/" + name + version + ".pem"), text);
      const std::string link = directory_ / ("live/app/" + name + ".pem");
      std::filesystem::create_symlink("../../archive/app/" + name + version + ".pem",
                                      link + ".new");
      std::filesystem::rename(link + ".new", link);
    }
  }
  std::string File() const { return directory_ / "live/app/fullchain.pem"; }

  void Serve() {
    const std::string live = directory_ / "live/app/";
    ASSERT_TRUE(
        nginx_.Start("server { listen 127.0.0.1:@PLAIN@; }\n"
                     "server { listen 127.0.0.1:@TLS@ ssl; ssl_certificate " +
                     live + "fullchain.pem; ssl_certificate_key " + live + "privkey.pem; }\n"))
        << nginx_.log();
  }

  std::string Endpoint() const { return "127.0.0.1:" + std::to_string(nginx_.tls_port()); }
  config::CheckConfig Both() {
    config::CheckConfig config = Config("certificate", File());
    SetOption(&config, "served", {Endpoint()});
    SetOption(&config, "ca", {directory_ / "root.pem"});
    SetOption(&config, "reload_grace", {"1s"});
    return config;
  }
  config::CheckConfig Served() {
    config::CheckConfig config = Config("certificate", Endpoint());
    SetOption(&config, "served_name", {"app.example"});
    SetOption(&config, "ca", {directory_ / "root.pem"});
    return config;
  }
  // Asked again and again, as the collector may.
  bool UntilAskedSaw(State state, const std::string& reason) {
    bool asked = false;
    return Until([&] {
      if (sink_.Saw(state, reason)) return true;
      if (!asked) {
        asked = true;
        check_->LookNow([&] { asked = false; });
      }
      return false;
    });
  }

  const WebAuthority root_{"test root"};
  const WebAuthority intermediate_{"test intermediate", &root_};
  fakes::PrivateNginx nginx_;
  int version_ = 0;
};

TEST_F(CertificateNginxTest, AGoodOneThatIsServedIsWell) {
  Install(intermediate_.Issue(), intermediate_.pem());
  Serve();
  Start(Both());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("served at " + Endpoint()), std::string::npos) << Last();
}

TEST_F(CertificateNginxTest, WhatIsWrongWithAServedOneHasItsReason) {
  const WebAuthority stranger("strange root");
  const struct {
    WebCertificate certificate;
    std::string chain;
    const char* reason;
  } table[] = {
      {root_.Issue({.from = -7200, .until = -3600}), "", "EXPIRED"},
      {root_.Issue({.from = 3600}), "", "NOT_YET_VALID"},
      {root_.Issue({.names = "DNS:other.example"}), "", "HOSTNAME_MISMATCH"},
      {WebAuthority::SelfSigned(), "", "SELF_SIGNED"},
      {intermediate_.Issue(), "", "CHAIN_INCOMPLETE"},
      {stranger.Issue(), stranger.pem(), "UNTRUSTED"},
  };
  for (const auto& row : table) {
    Install(row.certificate, row.chain);
    Serve();
    Start(Served());
    EXPECT_TRUE(UntilSaw(State::kCritical, row.reason)) << row.reason << ", not " << Last();
    check_.reset();
    nginx_.Stop();
  }
}

TEST_F(CertificateNginxTest, ARenewalWithoutAReloadIsToldAndAReloadMendsIt) {
  Install(intermediate_.Issue({.from = -int64_t{60} * 86400, .until = int64_t{30} * 86400}),
          intermediate_.pem());
  Serve();
  Start(Both());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  Install(intermediate_.Issue(), intermediate_.pem());
  ASSERT_TRUE(UntilSaw(State::kWarning, "SERVED_IS_OLDER")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("reload it"), std::string::npos) << Last();
  nginx_.Reload();
  EXPECT_TRUE(UntilAskedSaw(State::kOk, "")) << Last();
}

TEST_F(CertificateNginxTest, AReloadWithinItsGraceIsNeverTold) {
  Install(intermediate_.Issue({.from = -int64_t{60} * 86400, .until = int64_t{30} * 86400}),
          intermediate_.pem());
  Serve();
  config::CheckConfig config = Both();
  SetOption(&config, "reload_grace", {"60s"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  const size_t before = sink_.seen.size();
  Install(intermediate_.Issue(), intermediate_.pem());
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  nginx_.Reload();
  const auto is_new = [&] {
    const auto& gauges = sink_.seen.back().gauges;
    return gauges.size() == 2 && gauges[0].value == gauges[1].value;
  };
  bool asked = false;
  ASSERT_TRUE(Until([&] {
    if (!asked) {
      asked = true;
      check_->LookNow([&] { asked = false; });
    }
    return is_new();
  })) << Last();
  for (const Observation& seen : sink_.seen) EXPECT_EQ(seen.state, State::kOk) << seen.detail;
}

// As `init` writes it: the only authority is the certificate's own file.
TEST_F(CertificateNginxTest, ARenewalOfOneThatSignsItselfIsNeverToldWhileItIsReloaded) {
  Install(WebAuthority::SelfSigned({.from = -int64_t{60} * 86400, .until = int64_t{30} * 86400}),
          "");
  Serve();
  config::CheckConfig config = Both();
  SetOption(&config, "ca", {File()});
  SetOption(&config, "reload_grace", {"60s"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  const size_t before = sink_.seen.size();
  Install(WebAuthority::SelfSigned(), "");
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  nginx_.Reload();
  // Nobody asks: it looks again by itself, long before its interval of a minute.
  EXPECT_TRUE(Until([&] {
    const auto& gauges = sink_.seen.back().gauges;
    return gauges.size() == 2 && gauges[0].value == gauges[1].value;
  })) << Last();
  for (const Observation& seen : sink_.seen) EXPECT_EQ(seen.state, State::kOk) << seen.detail;
}

TEST_F(CertificateNginxTest, OneThatSignsItselfAndIsNotReloadedIsOldAndNoStranger) {
  Install(WebAuthority::SelfSigned({.from = -int64_t{60} * 86400, .until = int64_t{30} * 86400}),
          "");
  Serve();
  config::CheckConfig config = Both();
  SetOption(&config, "ca", {File()});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  Install(WebAuthority::SelfSigned(), "");
  EXPECT_TRUE(UntilSaw(State::kWarning, "SERVED_IS_OLDER")) << Last();
  for (const Observation& seen : sink_.seen) EXPECT_NE(seen.reason, "SELF_SIGNED") << seen.detail;
}

TEST_F(CertificateNginxTest, ANewAuthorityIsTrustedBesideTheOldOneWhileTheServerIsReloaded) {
  Install(root_.Issue(), "");
  Serve();
  config::CheckConfig config = Both();
  SetOption(&config, "reload_grace", {"60s"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  const WebAuthority next("next root");
  WriteFile(directory_ / "root.pem", next.pem());
  const size_t before = sink_.seen.size();
  Install(next.Issue({.from = -1800}), "");
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

TEST_F(CertificateNginxTest, AnotherCertificateThanTheFilesIsTold) {
  Install(root_.Issue(), "");
  Serve();
  config::CheckConfig config = Both();
  WriteFile(directory_ / "other.pem", root_.Issue({.from = -7200}).pem);
  config.id.target = directory_ / "other.pem";
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kWarning, "SERVED_DIFFERS")) << Last();
}

TEST_F(CertificateNginxTest, AKeyThatIsNotTheCertificatesIsToldFromTheHandshake) {
  WebCertificate site = root_.Issue();
  site.key = fakes::KeyThatClaims(site);
  Install(site, "");
  Serve();
  Start(Both());
  EXPECT_TRUE(UntilSaw(State::kCritical, "KEY_MISMATCH")) << Last();
}

TEST_F(CertificateNginxTest, AServerThatIsDownIsUnknownHereBecauseOthersTellIt) {
  Install(root_.Issue(), "");
  Serve();
  config::CheckConfig config = Both();
  nginx_.Stop();
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kUnknown, "SERVED_UNREACHABLE")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("refused"), std::string::npos) << Last();
}

TEST_F(CertificateNginxTest, APlainPortIsNoTls) {
  Install(root_.Issue(), "");
  Serve();
  Start(Config("certificate", "127.0.0.1:" + std::to_string(nginx_.plain_port())));
  EXPECT_TRUE(UntilSaw(State::kCritical, "TLS_FAILED")) << Last();
}

TEST_F(CertificateNginxTest, OtherFilesOfTheFolderCauseNoHandshake) {
  Install(root_.Issue(), "");
  Serve();
  Start(Both());
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  const size_t before = sink_.seen.size();
  nginx_.Stop();  // a handshake would be refused
  WriteFile(directory_ / "live/app/README", "not a certificate");
  ASSERT_TRUE(Until([&] { return sink_.seen.size() > before; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
}

TEST_F(CertificateNginxTest, ARenewalThatIsOverdueIsTold) {
  Install(root_.Issue({.from = -int64_t{65} * 86400, .until = int64_t{25} * 86400}), "");
  std::filesystem::create_directories(directory_ / "renewal");
  WriteFile(directory_ / "renewal/app.conf", "version = 2.1.0\n[renewalparams]\n");
  Serve();
  config::CheckConfig config = Both();
  SetOption(&config, "renewal", {directory_ / "renewal"});
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kWarning, "RENEWAL_FAILING")) << Last();
}

TEST_F(CertificateNginxTest, OptionsThatDoNotFitAreRefusedWithTheFix) {
  config::CheckConfig config = Config("certificate", "app.example:443");
  SetOption(&config, "served", {"127.0.0.1:443"});
  EXPECT_NE(ConfigError(config).find("remove one"), std::string::npos);
  config = Config("certificate", "/etc/site.pem");
  SetOption(&config, "served", {"127.0.0.1"});
  EXPECT_NE(ConfigError(config).find("served: "), std::string::npos);
  config = Config("certificate", "/etc/site.pem");
  SetOption(&config, "ca", {"/etc/ca.pem"});
  EXPECT_NE(ConfigError(config).find("give `served`"), std::string::npos);
  config = Config("certificate", "app.example:443");
  SetOption(&config, "renewal", {"renewal"});
  EXPECT_NE(ConfigError(config).find("absolute path"), std::string::npos);
  config = Config("certificate", "127.0.0.1:443");
  SetOption(&config, "renewal", {"/etc/letsencrypt/renewal"});
  EXPECT_NE(ConfigError(config).find("give `served_name`"), std::string::npos);
  SetOption(&config, "renewal", {"/etc/letsencrypt/renewal/app.conf"});
  EXPECT_EQ(ConfigError(config), "");
}

}  // namespace
}  // namespace faultline::checks
