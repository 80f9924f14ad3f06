#include "collector/http/site.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/collector/http/served_shop.h"

namespace faultline::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string Body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

class SiteTest : public ::testing::Test {
 protected:
  std::string Ask(const std::string& bytes) {
    RawClient client(shop_.port());
    client.Send(bytes);
    return client.ReadAnswer();
  }

  ServedShop shop_;
};

TEST_F(SiteTest, ThePageAndItsFilesAreServed) {
  for (const char* path : {"/", "/?x=1", "/incidents/42"}) {
    const std::string page = shop_.Get(path);
    EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
  }
  EXPECT_THAT(shop_.Get("/page.js"), HasSubstr("Content-Type: text/javascript; charset=utf-8\r\n"));
  EXPECT_THAT(shop_.Get("/page.css"), HasSubstr("Content-Type: text/css; charset=utf-8\r\n"));
  EXPECT_THAT(shop_.Get("/page.exe"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(shop_.Get("/index.html"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(shop_.Get("/../page.js"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(shop_.Get("/%2e%2e/page.js"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(SiteTest, EveryAnswerCarriesTheSecurityHeaders) {
  for (const char* path : {"/", "/page.js", "/api/v1/status", "/metrics", "/nothing", "/%zz"}) {
    const std::string answer = shop_.Get(path);
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Security-Policy: default-src 'self';")) << path;
    EXPECT_THAT(answer, HasSubstr("require-trusted-types-for 'script'")) << path;
    EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n")) << path;
    EXPECT_THAT(answer, HasSubstr("\r\nX-Frame-Options: DENY\r\n")) << path;
    EXPECT_THAT(answer, HasSubstr("\r\nCache-Control: no-store\r\n")) << path;
  }
}

TEST_F(SiteTest, HeadIsGetWithoutItsBody) {
  for (const char* path : {"/", "/api/v1/hosts", "/metrics", "/healthz"}) {
    RawClient client(shop_.port());
    client.Send("HEAD " + std::string(path) +
                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const std::string answer = client.ReadToEnd();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: "));
    EXPECT_EQ(Body(answer), "") << path;
    EXPECT_TRUE(client.closed());
  }
}

TEST_F(SiteTest, OtherMethodsAreNotAllowedAndOtherPathsNotFound) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"}) {
    const std::string answer =
        Ask(std::string(method) + " /api/v1/hosts HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
    EXPECT_THAT(Body(answer), StartsWith("{\"error\":{\"code\":\"method_not_allowed\""));
    EXPECT_THAT(Body(answer), HasSubstr(" is not allowed: use GET"));
  }
  for (const char* path : {"/api/v1", "/api/v1/host", "/api/v2/hosts", "/api/v1/hosts/", "//"}) {
    const std::string answer = shop_.Get(path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
    EXPECT_THAT(Body(answer), StartsWith("{\"error\":{\"code\":\"not_found\"")) << path;
  }
  EXPECT_THAT(Body(shop_.Get("/api/v1/host")), HasSubstr("/api/v1/status, hosts, checks"));
}

TEST_F(SiteTest, ABodyBesideAGetIsTakenAndIgnored) {
  RawClient client(shop_.port());
  client.Send(
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(Body(client.ReadAnswer()), "ok\n");
  EXPECT_EQ(Body(client.ReadAnswer()), "ok\n");
}

TEST_F(SiteTest, AForeignHostHeaderIsRefused) {
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
              StartsWith("HTTP/1.1 421 Misdirected Request\r\n"));
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nHost: faultline.example:7480\r\n\r\n"),
              StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET /healthz HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(SiteTest, TheApiAnswersAsTheGoldenFileSays) {
  shop_.StopDatabase();
  for (const char* call : {"status", "hosts", "checks", "alerts", "incidents"}) {
    const std::string file =
        std::string(FAULTLINE_SOURCE_DIR) + "/tests/collector/http/golden/" + call + ".json";
    const std::string answer = shop_.Get(std::string("/api/v1/") + call);
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: application/json\r\n"));
    if (std::getenv("FAULTLINE_WRITE_GOLDEN") != nullptr) std::ofstream(file) << Body(answer);
    std::ifstream golden(file);
    const std::string expected(std::istreambuf_iterator<char>(golden), {});
    EXPECT_EQ(Body(answer), expected) << file << " (FAULTLINE_WRITE_GOLDEN=1 writes it anew)";
  }
}

TEST_F(SiteTest, AnIncidentIsShownWithItsTimeline) {
  shop_.StopDatabase();
  const std::string answer = shop_.Get("/api/v1/incidents/42");
  EXPECT_THAT(answer, HasSubstr("\"state\":\"STATE_OPEN\""));
  EXPECT_THAT(answer, HasSubstr("\"timeline\":[{\"kind\":\"transition\",\"host\":\"db-1\""));
  EXPECT_THAT(shop_.Get("/api/v1/incidents/7"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(shop_.Get("/api/v1/incidents/x"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(shop_.Get("/api/v1/incidents/"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(SiteTest, FiltersComeFromTheQueryAndErrorsNameThem) {
  EXPECT_THAT(Body(shop_.Get("/api/v1/checks?host=db-1&kind=unit")),
              HasSubstr("unit:mysql.service"));
  const std::string answer = shop_.Get("/api/v1/checks?hots=db-1");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(Body(answer), StartsWith("{\"error\":{\"code\":\"invalid_argument\",\"message\":"
                                       "\"unknown filter 'hots'"));
  EXPECT_THAT(shop_.Get("/api/v1/events?x=1"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(SiteTest, AStoreThatCannotBeReadIsAnErrorOfItsOwn) {
  shop_.store().Fail(absl::InternalError("disk I/O error"));
  EXPECT_THAT(shop_.Get("/api/v1/incidents"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
}

TEST_F(SiteTest, ReadinessSaysWhatIsMissing) {
  EXPECT_THAT(shop_.Get("/readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
  shop_.ready = absl::UnavailableError("the agents' port is not open yet");
  const std::string answer = shop_.Get("/readyz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(Body(answer), "ingest: the agents' port is not open yet\n");
  EXPECT_THAT(shop_.Get("/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(SiteTest, HealthSaysWhatOnlyARestartMends) {
  EXPECT_EQ(Body(shop_.Get("/healthz")), "ok\n");
  shop_.alive = absl::InternalError("it has not moved for 12 s\nEVIL");
  const std::string answer = shop_.Get("/healthz");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(Body(answer), "pipeline: it has not moved for 12 s EVIL\n");
}

TEST_F(SiteTest, WhatIsLargeIsCompressedForWhoAcceptsIt) {
  for (const char* path : {"/page.css", "/api/v1/checks", "/metrics"}) {
    const std::string plain = shop_.Get(path);
    EXPECT_THAT(plain, Not(HasSubstr("Content-Encoding"))) << path;
    EXPECT_THAT(plain, HasSubstr("\r\nVary: Accept-Encoding\r\n")) << path;
    const std::string small = shop_.Get(path, "Accept-Encoding: br, gzip\r\n");
    EXPECT_THAT(small, HasSubstr("\r\nContent-Encoding: gzip\r\n")) << path;
    EXPECT_EQ(Body(small).substr(0, 2), "\x1f\x8b") << path;
    EXPECT_LT(small.size(), plain.size() * 2 / 3) << path;
  }
  EXPECT_THAT(shop_.Get("/healthz", "Accept-Encoding: gzip\r\n"),
              Not(HasSubstr("Content-Encoding")));
}

TEST_F(SiteTest, MetricsAreInPrometheusTextFormat) {
  const std::string answer = shop_.Get("/metrics");
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(Body(answer), HasSubstr("faultline_host_up{"));
}

TEST_F(SiteTest, RequestsAreCountedByRouteNeverByWhatClientsWrite) {
  shop_.Get("/api/v1/hosts");
  shop_.Get("/guess/me");
  const std::string text = Body(shop_.Get("/metrics"));
  EXPECT_THAT(text, HasSubstr("faultline_http_requests_total{code=\"200\",route=\"hosts\"} 1"));
  EXPECT_THAT(text, HasSubstr("faultline_http_requests_total{code=\"404\",route=\"other\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("guess")));
}

}  // namespace
}  // namespace faultline::http
