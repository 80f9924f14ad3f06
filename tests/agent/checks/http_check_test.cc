// The http check against a real nginx, and against peers that are worse than any nginx.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/agent/checks/check_testing.h"
#include "tests/agent/host/tcp_testing.h"
#include "tests/fakes/private_nginx.h"
#include "tests/fakes/raw_peer.h"
#include "tests/fakes/web_certificates.h"

namespace faultline::checks {
namespace {

using fakes::RawPeer;

class HttpCheckTest : public CheckTest {
 protected:
  static config::CheckConfig Http(const std::string& url) {
    config::CheckConfig config = Config("http", url);
    config.interval = Span::Seconds(1);
    return config;
  }
  static std::string Url(uint16_t port, const std::string& path = "/") {
    return "http://127.0.0.1:" + std::to_string(port) + path;
  }
  bool Evidence(const std::string& part) const {
    if (sink_.seen.empty()) return false;
    for (const Fact& fact : sink_.seen.back().evidence) {
      if (fact.text.find(part) != std::string::npos) return true;
    }
    return false;
  }
  double Gauge(const std::string& name) const {
    for (const GaugeValue& gauge : sink_.seen.back().gauges) {
      if (gauge.name == name) return gauge.value;
    }
    return -1;
  }
};

class HttpCheckNginxTest : public HttpCheckTest {
 protected:
  void SetUp() override {
    if (!fakes::PrivateNginx::IsPossible()) GTEST_SKIP() << "no nginx here";
  }
  void Serve(const std::string& locations) {
    ASSERT_TRUE(nginx_.Start("server { listen 127.0.0.1:@PLAIN@; server_name app.example;\n" +
                             locations + "}\n"))
        << nginx_.log();
  }
  void ServeTls(const fakes::WebCertificate& certificate, const std::string& chain) {
    WriteFile(nginx_ / "site.pem", certificate.pem + chain);
    WriteFile(nginx_ / "site.key", certificate.key);
    ASSERT_TRUE(
        nginx_.Start("server { listen 127.0.0.1:@PLAIN@; return 301 https://$host$request_uri; }\n"
                     "server { listen 127.0.0.1:@TLS@ ssl; ssl_certificate @DIR@/site.pem;\n"
                     "ssl_certificate_key @DIR@/site.key; default_type text/plain;\n"
                     "return 200 \"$host $ssl_server_name\"; }\n"))
        << nginx_.log();
  }
  config::CheckConfig Https(const std::string& host = "app.example") {
    config::CheckConfig config = Http("https://" + host + "/");
    SetOption(&config, "connect_to", {"127.0.0.1:" + std::to_string(nginx_.tls_port())});
    SetOption(&config, "ca", {directory_ / "root.pem"});
    WriteFile(directory_ / "root.pem", root_.pem());
    return config;
  }

  fakes::PrivateNginx nginx_;
  const fakes::WebAuthority root_{"test root"};
};

TEST_F(HttpCheckNginxTest, AGoodAnswerIsWellAndTellsItsTimes) {
  Serve("location / { return 200 'hello'; }");
  Start(Http(Url(nginx_.plain_port())));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_EQ(Gauge("http_status_code"), 200);
  EXPECT_GT(Gauge("http_duration_seconds"), 0);
  EXPECT_GT(Gauge("http_connect_duration_seconds"), 0);
  EXPECT_EQ(sink_.endpoints[0], "127.0.0.1 " + std::to_string(nginx_.plain_port()));
}

TEST_F(HttpCheckNginxTest, OurRequestsAreKnownByTheirName) {
  Serve("location / { return 200; }");
  Start(Http(Url(nginx_.plain_port())));
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  nginx_.Stop();
  EXPECT_NE(nginx_.access_log().find("\"faultline-agent/" FAULTLINE_VERSION "\""),
            std::string::npos)
      << nginx_.access_log();
}

TEST_F(HttpCheckNginxTest, AnApplicationThatIsGoneIs502) {
  Serve("location / { proxy_pass http://127.0.0.1:" +
        std::to_string(static_cast<uint16_t>(fakes::FreeLoopbackPort())) + "; }");
  Start(Http(Url(nginx_.plain_port())));
  ASSERT_TRUE(UntilSaw(State::kCritical, "STATUS_502")) << Last();
  EXPECT_TRUE(Evidence("502 Bad Gateway"));
  EXPECT_TRUE(Evidence("answered by nginx"));
}

TEST_F(HttpCheckNginxTest, AnApplicationThatHangsIs504) {
  const host::TestListener hung;  // takes connections, answers nothing
  Serve("location / { proxy_pass http://127.0.0.1:" + std::to_string(hung.port()) +
        "; proxy_read_timeout 200ms; }");
  Start(Http(Url(nginx_.plain_port())));
  EXPECT_TRUE(UntilSaw(State::kCritical, "STATUS_504")) << Last();
}

TEST_F(HttpCheckNginxTest, TheApplicationsDatabaseErrorIsTold) {
  Serve(R"(location / { default_type application/json; return 503 '{"errno":2003,"error":"Can\'t )"
        R"(connect to MySQL server on 10.0.2.10","status":"error"}'; })");
  Start(Http(Url(nginx_.plain_port(), "/db-check")));
  ASSERT_TRUE(UntilSaw(State::kCritical, "STATUS_OTHER")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("503"), std::string::npos) << Last();
  EXPECT_EQ(sink_.seen.back().evidence[0].text,
            "the application's database error: 2003 Can't connect to MySQL server on 10.0.2.10");
}

TEST_F(HttpCheckNginxTest, ABodyThatDoesNotMatchIsToldAndShown) {
  Serve("location / { return 200 'Welcome to nginx!'; }");
  config::CheckConfig config = Http(Url(nginx_.plain_port()));
  SetOption(&config, "body", {"status.*ok"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kCritical, "BODY_MISMATCH")) << Last();
  EXPECT_TRUE(Evidence("Welcome to nginx!"));
}

TEST_F(HttpCheckNginxTest, ARedirectToHttpsIsExpectedOrMissed) {
  ServeTls(root_.Issue(), "");
  config::CheckConfig config = Http("http://app.example/");
  SetOption(&config, "connect_to", {"127.0.0.1:" + std::to_string(nginx_.plain_port())});
  SetOption(&config, "redirect_to_https", {"true"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  nginx_.Configure("server { listen 127.0.0.1:@PLAIN@; return 200 'plain'; }");
  nginx_.Reload();
  EXPECT_TRUE(UntilSaw(State::kCritical, "NO_HTTPS_REDIRECT")) << Last();
}

TEST_F(HttpCheckNginxTest, ARenewedFileOfCaLeavesTheServerTimeToBeReloaded) {
  const fakes::WebCertificate old = fakes::WebAuthority::SelfSigned({.from = -7200});
  ServeTls(old, "");
  config::CheckConfig config = Https();
  WriteFile(directory_ / "root.pem", old.pem);
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  WriteFile(directory_ / "root.pem", fakes::WebAuthority::SelfSigned().pem);
  bool looked = false;
  check_->LookNow([&] { looked = true; });
  ASSERT_TRUE(Until([&] { return looked; }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
  WriteFile(directory_ / "root.pem", root_.pem());
  check_.reset();
  Start(config);
  EXPECT_TRUE(UntilSaw(State::kCritical, "TLS_FAILED")) << "never in the file: " << Last();
}

TEST_F(HttpCheckNginxTest, HttpsAsksForTheUrlsNameWhereverItConnects) {
  ServeTls(root_.Issue(), "");
  config::CheckConfig config = Https();
  SetOption(&config, "body", {"^app.example app.example$"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  EXPECT_GT(Gauge("http_tls_duration_seconds"), 0);
  EXPECT_GT(Gauge("certificate_not_after_timestamp_seconds"), 1.7e9);
}

TEST_F(HttpCheckNginxTest, ACertificateThatCannotBeVerifiedIsToldInWords) {
  ServeTls(root_.Issue({.from = -7200, .until = -3600}), "");
  Start(Https());
  ASSERT_TRUE(UntilSaw(State::kCritical, "TLS_FAILED")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("certificate has expired"), std::string::npos) << Last();
  EXPECT_TRUE(Evidence("answers 200"));
  check_.reset();
  config::CheckConfig careless = Https();
  SetOption(&careless, "verify", {"false"});
  Start(careless);
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(HttpCheckNginxTest, ASiteThatComesBackIsWellAtTheNextLook) {
  Serve("location / { return 503; }");
  Start(Http(Url(nginx_.plain_port())));
  ASSERT_TRUE(UntilSaw(State::kCritical, "STATUS_OTHER")) << Last();
  nginx_.Configure("server { listen 127.0.0.1:@PLAIN@; return 200; }");
  nginx_.Reload();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(HttpCheckNginxTest, ASiteThatHasJustBrokenIsLookedAtEverySecond) {
  Serve("location / { return 502; }");
  config::CheckConfig config = Http(Url(nginx_.plain_port()));
  config.interval = Span::Seconds(3600);
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kCritical, "STATUS_502")) << Last();
  nginx_.Configure("server { listen 127.0.0.1:@PLAIN@; return 200; }");
  nginx_.Reload();
  EXPECT_TRUE(UntilSaw(State::kOk, "")) << Last();
}

TEST_F(HttpCheckTest, AClosedPortIsRefusedAtOnce) {
  auto listener = std::make_unique<host::TestListener>();
  const uint16_t port = listener->port();
  listener.reset();
  Start(Http(Url(port)));
  EXPECT_TRUE(UntilSaw(State::kCritical, "REFUSED")) << Last();
  EXPECT_EQ(sink_.seen.size(), 1u);
}

TEST_F(HttpCheckTest, SilenceIsAskedASecondTimeBeforeItCounts) {
  RawPeer peer(&RawPeer::WaitForEnd);
  config::CheckConfig config = Http(Url(peer.port()));
  config.interval = Span::Seconds(60);
  SetOption(&config, "timeout", {"150ms"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kCritical, "TIMEOUT")) << Last();
  EXPECT_GE(peer.connections(), 2);
  EXPECT_EQ(sink_.seen.size(), 1u);
  EXPECT_TRUE(Evidence("twice in a row"));
}

TEST_F(HttpCheckTest, OneSilenceThatIsFollowedByAnAnswerIsNone) {
  std::atomic<int> served = 0;
  RawPeer peer([&](int fd) {
    if (++served == 1) return RawPeer::WaitForEnd(fd);
    RawPeer::ReceiveHead(fd);
    RawPeer::Send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  config::CheckConfig config = Http(Url(peer.port()));
  SetOption(&config, "timeout", {"500ms"});
  Start(config);
  ASSERT_TRUE(Until([&] { return !sink_.seen.empty(); }));
  EXPECT_TRUE(sink_.Saw(State::kOk, "")) << Last();
  EXPECT_GE(served, 2);
}

TEST_F(HttpCheckTest, SlowAnswersAreAWarning) {
  host::Fd pause[2];
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  pause[0] = host::Fd(ends[0]);
  pause[1] = host::Fd(ends[1]);
  RawPeer peer([&](int fd) {
    RawPeer::ReceiveHead(fd);
    pollfd never{pause[0].get(), POLLIN, 0};
    poll(&never, 1, 60);
    RawPeer::Send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  config::CheckConfig config = Http(Url(peer.port()));
  SetOption(&config, "slow", {"50ms"});
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kWarning, "SLOW")) << Last();
  EXPECT_EQ(sink_.seen.size(), 2u);
}

TEST_F(HttpCheckTest, WhatIsNoHttpIsABadAnswer) {
  RawPeer peer([](int fd) {
    RawPeer::Send(fd, "SSH-2.0-OpenSSH_9.2p1\r\n");
    RawPeer::WaitForEnd(fd);
  });
  Start(Http(Url(peer.port())));
  EXPECT_TRUE(UntilSaw(State::kCritical, "BAD_ANSWER")) << Last();
}

TEST_F(HttpCheckTest, ANameThatDoesNotExistIsSaid) {
  // RFC 6761: nobody has it.
  config::CheckConfig config = Http("http://nobody.invalid/");
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kCritical, "DNS_FAILED")) << Last();
  EXPECT_NE(sink_.seen.back().detail.find("nobody.invalid"), std::string::npos) << Last();
}

TEST_F(HttpCheckTest, LookNowLooksBeforeTheIntervalIsOver) {
  RawPeer peer([](int fd) {
    RawPeer::ReceiveHead(fd);
    RawPeer::Send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  config::CheckConfig config = Http(Url(peer.port()));
  config.interval = Span::Seconds(3600);
  Start(config);
  ASSERT_TRUE(UntilSaw(State::kOk, "")) << Last();
  bool done = false;
  check_->LookNow([&] { done = true; });
  ASSERT_TRUE(Until([&] { return done; }));
  EXPECT_EQ(sink_.seen.size(), 2u);
}

TEST_F(HttpCheckTest, OneThatIsRemovedWhileItAsksReportsNothingMore) {
  RawPeer peer(&RawPeer::WaitForEnd);
  Start(Http(Url(peer.port())));
  ASSERT_TRUE(Until([&] { return peer.connections() == 1; }));
  check_.reset();
  EXPECT_TRUE(sink_.seen.empty());
}

TEST_F(HttpCheckTest, AConfigurationThatCannotWorkIsRefusedWithTheFix) {
  const struct {
    const char* target;
    const char* option;
    const char* value;
    const char* says;
  } table[] = {
      {"app.example", nullptr, nullptr, "target: "},
      {"https://a:b@app.example/", nullptr, nullptr, "shown to everyone"},
      {"https://app.example/", "connect_to", "127.0.0.1", "connect_to: "},
      {"https://app.example/", "status", "fine", "status: "},
      {"https://app.example/", "body", "(", "body: "},
      {"https://app.example/", "ca", "ca.pem", "absolute path"},
      {"http://app.example/", "ca", "/etc/ca.pem", "has no TLS"},
      {"https://app.example/", "redirect_to_https", "true", "https:// already"},
      {"https://app.example/", "slow", "5s", "not less than timeout"},
      {"https://app.example/", "timeout", "1ms", "out of bounds"},
  };
  for (const auto& row : table) {
    config::CheckConfig config = Http(row.target);
    if (row.option != nullptr) SetOption(&config, row.option, {row.value});
    EXPECT_NE(ConfigError(config).find(row.says), std::string::npos)
        << row.target << " " << ConfigError(config);
  }
}

}  // namespace
}  // namespace faultline::checks
