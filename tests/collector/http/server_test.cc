#include "collector/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <vector>

#include "tests/collector/http/served_shop.h"

namespace faultline::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kHealth[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

bool Serves(ServedShop& shop) { return shop.Get("/healthz").rfind("HTTP/1.1 200 OK\r\n", 0) == 0; }

TEST(ServerTest, AnAddressThatCannotBeServedIsNamedWithTheFix) {
  const auto start = [](const std::string& listen) {
    HttpOptions options;
    options.listen = listen;
    return HttpServer::Start(options, [](const Request&) { return Response(); }).status();
  };
  EXPECT_THAT(std::string(start("0.0.0.0:0").message()), HasSubstr("loopback"));
  EXPECT_THAT(std::string(start("10.0.0.1:80").message()), HasSubstr("loopback"));
  for (const char* bad : {"", "7480", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                          "example.org:80", ":80"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(start(bad))) << bad;
  }
  ServedShop shop;
  const absl::Status taken = start("127.0.0.1:" + std::to_string(shop.port()));
  EXPECT_TRUE(absl::IsUnavailable(taken));
  EXPECT_THAT(std::string(taken.message()), HasSubstr(std::to_string(shop.port())));
  EXPECT_TRUE(start("localhost:0").ok());
}

TEST(ServerTest, ManyRequestsGoOverOneConnectionInTheirOrder) {
  ServedShop shop;
  RawClient client(shop.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += i % 2 == 0 ? kHealth : "GET /api/v1/alerts HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  client.Send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.ReadAnswer(), HasSubstr(i % 2 == 0 ? "ok\n" : "{\"alerts\":[]}"));
  }
}

TEST(ServerTest, WhatIsNotHttpIsToldSoAndTheConnectionEnds) {
  ServedShop shop;
  for (const std::string& bytes : std::vector<std::string>{
           "\r\n\r\n hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
           "GET / HTTP/1.1\r\nno colon\r\n\r\n", std::string("\0\1\2\3\r\n\r\n", 8),
           "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
           "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
           "GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n"}) {
    RawClient client(shop.port());
    client.Send(bytes);
    const std::string answer = client.ReadToEnd();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << bytes;
    EXPECT_THAT(answer, HasSubstr("{\"error\":{\"code\":\"invalid_argument\"")) << bytes;
    EXPECT_TRUE(client.closed()) << bytes;
  }
  EXPECT_THAT(shop.Get("/metrics"),
              HasSubstr("faultline_http_requests_total{code=\"400\",route=\"malformed\"} 10"));
}

TEST(ServerTest, ARequestThatEndsInTheMiddleIsRefused) {
  ServedShop shop;
  RawClient client(shop.port());
  client.Send("GET /healthz HTT");
  client.EndSending();
  EXPECT_THAT(client.ReadToEnd(), StartsWith("HTTP/1.1 400 "));
}

TEST(ServerTest, EveryPartOfARequestIsBounded) {
  ServedShop shop;
  const auto ask = [&](const std::string& bytes) {
    RawClient client(shop.port());
    client.Send(bytes);
    return client.ReadToEnd();
  };
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 431 "), HasSubstr("header is larger than 8192 bytes")));
  EXPECT_THAT(ask("GET /" + std::string(100'000, 'x')), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask("GET /" + std::string(4'000, 'x') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 414 "), HasSubstr("target is longer than 2048 bytes")));
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n" +
                  std::string(70'000, 'x')),
              StartsWith("HTTP/1.1 413 "));
  std::string chunks = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 40; ++i) chunks += "800\r\n" + std::string(0x800, 'x') + "\r\n";
  EXPECT_THAT(ask(chunks), StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(Serves(shop));
}

TEST(ServerTest, RandomBytesNeverStopIt) {
  ServedShop shop;
  std::mt19937 random(20261122);
  const std::string valid =
      "GET /api/v1/checks?host=db-1&state=ok HTTP/1.1\r\nHost: localhost\r\n"
      "Accept-Encoding: gzip\r\nLast-Event-ID: 5\r\nContent-Length: 3\r\n\r\nabc";
  for (int round = 0; round < 300; ++round) {
    std::string bytes = valid;
    if (round % 3 == 0) {
      bytes.resize(random() % 2000);
      for (char& c : bytes) c = static_cast<char>(random());
    } else {
      for (int change = 0; change < 1 + round % 7; ++change) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
    }
    RawClient client(shop.port());
    client.Send(bytes);
    client.EndSending();
    const std::string answer = client.ReadToEnd();
    EXPECT_TRUE(client.closed());
    EXPECT_EQ(answer.substr(0, 9), std::string("HTTP/1.1 ").substr(0, answer.size()));
  }
  EXPECT_TRUE(Serves(shop));
}

TEST(ServerTest, AClientThatTricklesItsHeaderIsCutOffAtTheDeadline) {
  HttpOptions options;
  options.idle_timeout = Span::Millis(300);
  ServedShop shop(options);
  RawClient slow(shop.port());
  RawClient idle(shop.port());
  ASSERT_TRUE(slow.Send("GET /healthz HTTP/1.1\r\nHost: local"));
  // Neither gets anything; both are closed.
  EXPECT_EQ(slow.ReadToEnd(), "");
  EXPECT_TRUE(slow.closed());
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(Serves(shop));
}

// A handler that answers /slow when the test says so.
class SlowServer {
 public:
  explicit SlowServer(size_t max_connections) {
    HttpOptions options;
    options.listen = "127.0.0.1:0";
    options.max_connections = max_connections;
    auto server = HttpServer::Start(options, [this](const Request& request) {
      if (request.target == "/slow") {
        begun_.store(true);
        begun_.notify_all();
        go_on_.wait(false);
      }
      return TextResponse(200, "text/plain", request.target);
    });
    EXPECT_TRUE(server.ok());
    server_ = *std::move(server);
  }
  ~SlowServer() { GoOn(); }
  void GoOn() {
    go_on_.store(true);
    go_on_.notify_all();
  }
  void WaitUntilBegun() const { begun_.wait(false); }
  int port() const { return server_->port(); }
  std::string Ask(const std::string& path) const {
    RawClient client(port());
    client.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return client.ReadAnswer();
  }

 private:
  std::atomic<bool> begun_ = false;
  std::atomic<bool> go_on_ = false;
  std::unique_ptr<HttpServer> server_;
};

TEST(ServerTest, OneConnectionTooManyClosesTheIdlest) {
  HttpOptions options;
  options.max_connections = 4;
  ServedShop shop(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<RawClient>(shop.port()));
    clients.back()->Send(kHealth);
    EXPECT_THAT(clients.back()->ReadAnswer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  clients[0]->Send(kHealth);
  EXPECT_THAT(clients[0]->ReadAnswer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(Serves(shop)) << "the second has waited longest now";
  EXPECT_EQ(clients[1]->ReadToEnd(), "");
  EXPECT_TRUE(clients[1]->closed());
  clients[0]->Send(kHealth);
  EXPECT_THAT(clients[0]->ReadAnswer(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(ServerTest, HundredsOfIdleConnectionsDoNotStopIt) {
  ServedShop shop{HttpOptions{}};
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 520; ++i) idle.push_back(std::make_unique<RawClient>(shop.port()));
  EXPECT_TRUE(Serves(shop));
}

TEST(ServerTest, WhereAllAreBeingAnsweredOneTooManyIsToldSo) {
  SlowServer server(2);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->Send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  server.WaitUntilBegun();
  // Until its request was read, the second may still give way.
  std::string answer;
  for (int i = 0; i < 1000 && answer.rfind("HTTP/1.1 503 ", 0) != 0; ++i) {
    answer = RawClient(server.port()).ReadToEnd();
  }
  EXPECT_THAT(answer, AllOf(HasSubstr("\r\nRetry-After: 10\r\n"),
                            HasSubstr("\"message\":\"too many connections are open; try again "
                                      "later\"")));
}

TEST(ServerTest, HealthIsToldWhileAnAnswerIsBeingMade) {
  SlowServer server(10);
  RawClient slow(server.port());
  slow.Send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  server.WaitUntilBegun();
  for (const char* path : {"/healthz", "/readyz", "/healthz?x"}) {
    EXPECT_THAT(server.Ask(path), StartsWith("HTTP/1.1 200 ")) << path;
  }
  server.GoOn();
  EXPECT_THAT(slow.ReadAnswer(), HasSubstr("/slow"));
}

TEST(ServerTest, AnswersThatNobodyTakesAreBoundedTogether) {
  constexpr size_t kLarge = 16 << 20;
  HttpOptions options;
  options.listen = "127.0.0.1:0";
  options.max_held_bytes = kLarge + 1'000'000;
  auto server = HttpServer::Start(options, [](const Request& request) {
    const size_t bytes = request.target == "/"       ? kLarge
                         : request.target == "/huge" ? 2 * kLarge
                                                     : 10;
    return TextResponse(200, "text/plain", std::string(bytes, 'x'));
  });
  ASSERT_TRUE(server.ok());
  const auto ask = [&](const std::string& target) {
    RawClient client((*server)->port());
    client.Send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return client.ReadAnswer().substr(0, 1000);
  };
  EXPECT_THAT(ask("/huge"), StartsWith("HTTP/1.1 200 ")) << "one alone";
  {
    RawClient lazy((*server)->port(), 4096);
    lazy.Send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    lazy.ReadUntil("\r\n\r\n");
    EXPECT_THAT(ask("/"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("wait for their readers")));
    EXPECT_THAT(ask("/small"), StartsWith("HTTP/1.1 200 "));
  }
  // Room again once it has left, which the server sees at its own time.
  std::string answer;
  for (int i = 0; i < 1000 && answer.rfind("HTTP/1.1 200", 0) != 0; ++i) answer = ask("/");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
}

TEST(ServerTest, AnExceptionInAHandlerIsAnAnswerNotAnEnd) {
  HttpOptions options;
  options.listen = "127.0.0.1:0";
  auto server = HttpServer::Start(
      options, [](const Request&) -> Response { throw std::runtime_error("secret detail"); });
  ASSERT_TRUE(server.ok());
  for (int i = 0; i < 2; ++i) {
    RawClient client((*server)->port());
    client.Send(kHealth);
    const std::string answer = client.ReadAnswer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
    EXPECT_EQ(answer.find("secret"), std::string::npos);
  }
}

TEST(ServerTest, ItEndsWhileClientsAreInTheMiddleOfEverything) {
  for (int round = 0; round < 20; ++round) {
    ServedShop shop;
    RawClient idle(shop.port());
    RawClient half(shop.port());
    half.Send("GET /api");
    RawClient feed(shop.port());
    feed.Send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    RawClient asking(shop.port());
    asking.Send(kHealth);
    if (round % 2 == 0) feed.ReadUntil("resync");
    shop.StopDatabase();
    shop.Stop();
    feed.ReadToEnd();
    EXPECT_TRUE(feed.closed());
  }
}

}  // namespace
}  // namespace faultline::http
