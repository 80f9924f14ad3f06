// One GET against servers that behave well, badly, or not at all.
#include "agent/host/http_client.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <optional>
#include <string>

#include "tests/agent/host/run_until.h"
#include "tests/agent/host/tcp_testing.h"
#include "tests/fakes/raw_peer.h"

namespace faultline::host {
namespace {

using fakes::RawPeer;

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() : loop_(Loop::Create().value()) {}

  HttpRequest To(uint16_t port, Span timeout = Span::Seconds(20)) const {
    HttpRequest request;
    request.target = {ParseIpAddress("127.0.0.1").value(), port, timeout};
    request.host = "app.example";
    request.path = "/db-check?full=1";
    return request;
  }
  HttpRequest TlsTo(uint16_t port, Span timeout) const {
    HttpRequest request = To(port, timeout);
    request.tls = TlsSettings{.server_name = "app.example"};
    return request;
  }

  HttpResult Get(const HttpRequest& request) {
    std::optional<HttpResult> result;
    std::unique_ptr<HttpExchange> exchange = HttpFetch(*loop_, request, [&](HttpResult got) {
      exchange.reset();  // it may, and most callers do
      result = std::move(got);
    });
    EXPECT_FALSE(result.has_value()) << "called back before it returned";
    EXPECT_TRUE(RunUntil(*loop_, [&] { return result.has_value(); }));
    return result.value_or(HttpResult{});
  }
  // The failure's "kind/stage".
  static std::string Failure(const HttpResult& result) {
    if (!result.failure.has_value()) return "none";
    static const char* const kKinds[] = {"closed", "tcp", "tls", "timeout"};
    static const char* const kStages[] = {"connecting", "handshaking", "open"};
    return std::string(kKinds[static_cast<int>(result.failure->kind)]) + "/" +
           kStages[static_cast<int>(result.failure->stage)];
  }

  std::unique_ptr<Loop> loop_;
};

// Reads the request and says `answer`.
std::function<void(int)> Answering(std::string answer) {
  return [answer = std::move(answer)](int fd) {
    if (!RawPeer::ReceiveHead(fd).empty()) RawPeer::Send(fd, answer);
  };
}

TEST_F(HttpClientTest, AnAnswerComesWithItsTimes) {
  std::string head;
  RawPeer peer([&](int fd) {
    head = RawPeer::ReceiveHead(fd);
    RawPeer::Send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const HttpResult result = Get(To(peer.port()));
  ASSERT_TRUE(result.answer.has_value()) << Failure(result);
  EXPECT_EQ(result.answer->status, 200);
  EXPECT_EQ(result.answer->body, "ok");
  EXPECT_GT(result.times.connect.ns, 0);
  EXPECT_EQ(result.times.tls.ns, 0);
  EXPECT_GT(result.first_byte.ns, 0);
  EXPECT_GE(result.total, result.first_byte);
  EXPECT_EQ(head,
            "GET /db-check?full=1 HTTP/1.1\r\nHost: app.example\r\n"
            "User-Agent: faultline-agent/" FAULTLINE_VERSION
            "\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

TEST_F(HttpClientTest, ARefusedConnectionIsOne) {
  TestListener listener;
  const uint16_t port = listener.port();
  listener.Close();
  const HttpResult result = Get(To(port));
  EXPECT_EQ(Failure(result), "tcp/connecting");
  EXPECT_EQ(result.failure->tcp.kind, TcpAnswerKind::kRefused);
}

TEST_F(HttpClientTest, AResetInsteadOfAnAnswerIsOne) {
  RawPeer peer([](int fd) {
    RawPeer::ReceiveHead(fd);
    RawPeer::Reset(fd);
  });
  const HttpResult result = Get(To(peer.port()));
  EXPECT_EQ(Failure(result), "tcp/open");
  EXPECT_EQ(result.failure->tcp.kind, TcpAnswerKind::kReset);
}

TEST_F(HttpClientTest, AConnectionClosedWithoutAnAnswerIsNoAnswer) {
  RawPeer peer([](int fd) { RawPeer::ReceiveHead(fd); });
  const HttpResult result = Get(To(peer.port()));
  EXPECT_EQ(Failure(result), "closed/open");
  EXPECT_FALSE(result.answer.has_value());
}

TEST_F(HttpClientTest, AnAnswerThatBreaksOffIsNoAnswerButItsBeginIsKept) {
  RawPeer peer(Answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
  const HttpResult result = Get(To(peer.port()));
  EXPECT_EQ(Failure(result), "closed/open");
  ASSERT_TRUE(result.answer.has_value());
  EXPECT_EQ(result.answer->body, "half");
}

// A listener whose queue is full drops SYNs, as a firewall would.
TEST_F(HttpClientTest, SilenceWhileConnectingEndsAtTheDeadline) {
  const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage address;
  socklen_t size = FillSockaddr(ParseIpAddress("127.0.0.1").value(), 0, &address);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener.get(), 0), 0);
  size = sizeof(address);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  Fd fillers[4];
  for (Fd& filler : fillers) {
    filler = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    connect(filler.get(), reinterpret_cast<sockaddr*>(&address), size);
  }
  const uint16_t port = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
  EXPECT_EQ(Failure(Get(To(port, Span::Millis(200)))), "timeout/connecting");
}

TEST_F(HttpClientTest, SilenceInTheHandshakeEndsAtTheDeadline) {
  RawPeer peer(&RawPeer::WaitForEnd);
  EXPECT_EQ(Failure(Get(TlsTo(peer.port(), Span::Millis(200)))), "timeout/handshaking");
}

TEST_F(HttpClientTest, SilenceAfterTheRequestEndsAtTheDeadline) {
  RawPeer peer(&RawPeer::WaitForEnd);
  const HttpResult result = Get(To(peer.port(), Span::Millis(200)));
  EXPECT_EQ(Failure(result), "timeout/open");
  EXPECT_EQ(result.first_byte.ns, 0);
}

TEST_F(HttpClientTest, AnAnswerThatDoesNotGoOnEndsAtTheDeadline) {
  RawPeer peer([](int fd) {
    RawPeer::ReceiveHead(fd);
    RawPeer::Send(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    RawPeer::WaitForEnd(fd);
  });
  const HttpResult result = Get(To(peer.port(), Span::Millis(200)));
  EXPECT_EQ(Failure(result), "timeout/open");
  EXPECT_GT(result.first_byte.ns, 0);
}

TEST_F(HttpClientTest, ADeadlineThatPassedWhileWeWerePausedSaysSo) {
  RawPeer peer(&RawPeer::WaitForEnd);
  EXPECT_FALSE(Get(To(peer.port(), Span::Millis(100))).failure->paused);
  const auto pause = loop_->After(Span::Millis(10), [] { poll(nullptr, 0, 500); });
  const HttpResult result = Get(To(peer.port(), Span::Millis(100)));
  EXPECT_EQ(Failure(result), "timeout/open");
  EXPECT_TRUE(result.failure->paused);
}

TEST_F(HttpClientTest, AHeaderWithoutEndIsRefused) {
  RawPeer peer([](int fd) {
    RawPeer::ReceiveHead(fd);
    RawPeer::Send(fd, "HTTP/1.1 200 OK\r\n");
    while (RawPeer::Send(fd, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")) {
    }
  });
  const HttpResult result = Get(To(peer.port()));
  EXPECT_NE(result.not_http.find("16 KiB"), std::string::npos) << result.not_http;
  EXPECT_FALSE(result.answer.has_value());
}

TEST_F(HttpClientTest, ABodyWithoutEndIsReadUpToItsBound) {
  RawPeer peer([](int fd) {
    RawPeer::ReceiveHead(fd);
    RawPeer::Send(fd, "HTTP/1.1 200 OK\r\n\r\n");
    const std::string filler(10'000, 'b');
    while (RawPeer::Send(fd, filler)) {
    }
  });
  const HttpResult result = Get(To(peer.port()));
  ASSERT_TRUE(result.answer.has_value()) << Failure(result);
  EXPECT_EQ(result.answer->body.size(), kMaxHttpBody);
  EXPECT_TRUE(result.answer->body_cut);
}

TEST_F(HttpClientTest, WhatIsNoHttpIsSaidToBeNone) {
  RawPeer peer([](int fd) {
    RawPeer::Send(fd, "SSH-2.0-OpenSSH_9.2p1\r\n");
    RawPeer::WaitForEnd(fd);
  });
  EXPECT_FALSE(Get(To(peer.port())).not_http.empty());
}

TEST_F(HttpClientTest, WhatIsNoTlsIsSaidToBeNone) {
  RawPeer peer([](int fd) {
    RawPeer::Send(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    RawPeer::WaitForEnd(fd);
  });
  const HttpResult result = Get(TlsTo(peer.port(), Span::Seconds(20)));
  EXPECT_EQ(Failure(result), "tls/handshaking");
  EXPECT_NE(result.failure->words.find("does not speak TLS"), std::string::npos)
      << result.failure->words;
}

TEST_F(HttpClientTest, AnAuthorityThatCannotBeReadIsSaidBeforeAnythingIsSent) {
  RawPeer peer(&RawPeer::WaitForEnd);
  HttpRequest request = TlsTo(peer.port(), Span::Seconds(20));
  request.tls->ca = "/nonexistent/ca.pem";
  const HttpResult result = Get(request);
  EXPECT_NE(result.cannot.find("/nonexistent/ca.pem"), std::string::npos) << result.cannot;
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(HttpClientTest, DestroyingOneUnderWayClosesItsConnection) {
  std::atomic<bool> closed = false;
  RawPeer peer([&](int fd) {
    RawPeer::WaitForEnd(fd);
    closed = true;
  });
  auto exchange = HttpFetch(*loop_, To(peer.port()), [](HttpResult) { FAIL() << "called back"; });
  ASSERT_TRUE(RunUntil(*loop_, [&] { return peer.connections() == 1; }));
  exchange.reset();
  EXPECT_TRUE(RunUntil(*loop_, [&] { return closed.load(); }));
}

}  // namespace
}  // namespace faultline::host
