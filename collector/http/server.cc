#include "collector/http/server.h"

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collector/http/session.h"

namespace faultline::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};

absl::StatusOr<tcp::endpoint> ParseListen(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(
        "listen.http: '", listen, "' is not ADDRESS:PORT, for example 127.0.0.1:7480"));
  }
  std::string host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("listen.http: '", host, "' is not a numeric address"));
  }
  if (!address.is_loopback()) {
    return absl::InvalidArgumentError(
        absl::StrCat("listen.http: ", host,
                     " is not a loopback address; HTTP is plain for now and served on loopback "
                     "only (use 127.0.0.1, and a tunnel or a proxy with TLS from elsewhere)"));
  }
  return tcp::endpoint(address, static_cast<uint16_t>(port));
}

std::string FullAnswer() {
  const Response response =
      ErrorResponse(503, "unavailable", "too many connections are open; try again later");
  const std::string& body = response.body.front();
  return absl::StrCat("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n",
                      "Content-Length: ", body.size(), "\r\nRetry-After: 10\r\n",
                      "Connection: close\r\n\r\n", body);
}

class Server : public HttpServer {
 public:
  Server(HttpOptions options, Handler handler)
      : acceptor_(io_),
        pause_(io_),
        worker_guard_(asio::make_work_guard(*shared_.worker)),
        vital_guard_(asio::make_work_guard(*shared_.vital)) {
    shared_.options = std::move(options);
    shared_.handler = std::move(handler);
  }

  ~Server() override {
    // No handler runs any more, then no live feed may wake a connection, then all of them end.
    shared_.worker->stop();
    shared_.vital->stop();
    if (worker_thread_.joinable()) worker_thread_.join();
    if (vital_thread_.joinable()) vital_thread_.join();
    if (io_thread_.joinable()) {
      std::promise<void> ended;
      asio::post(io_, [&] {
        const auto streams = shared_.streams;
        for (Session* stream : streams) stream->EndStream();
        io_.stop();
        ended.set_value();
      });
      ended.get_future().wait();
      io_thread_.join();
    }
    worker_guard_.reset();
    vital_guard_.reset();
    shared_.worker.reset();
    shared_.vital.reset();
  }

  absl::Status Open(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat(
          "cannot serve HTTP on ", endpoint.address().to_string(), ":", endpoint.port(), ": ",
          error.message(), "; choose another address in listen.http or end what uses this one"));
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    io_thread_ = std::thread([this] { io_.run(); });
    worker_thread_ = std::thread([this] { shared_.worker->run(); });
    vital_thread_ = std::thread([this] { shared_.vital->run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return AcceptLater();  // out of descriptors: some will be free again
      const bool full = shared_.connections >= shared_.options.max_connections;
      if (full && !shared_.waiting.empty()) shared_.waiting.front()->GiveWay();
      if (full && shared_.waiting.empty()) {
        TurnAway(std::move(socket));
      } else {
        std::make_shared<Session>(std::move(socket), shared_)->Start();
      }
      Accept();
    });
  }

  void AcceptLater() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code error) {
      if (!error) Accept();
    });
  }

  // Without waiting: there is no room to keep it.
  void TurnAway(tcp::socket socket) {
    static const std::string& full = *new std::string(FullAnswer());
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(full), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    if (shared_.options.refused) shared_.options.refused(503);
  }

  // Destroyed in reverse: `io_` with the connections that it still holds, then what they share.
  Shared shared_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::executor_work_guard<asio::io_context::executor_type> worker_guard_;
  asio::executor_work_guard<asio::io_context::executor_type> vital_guard_;
  std::thread io_thread_;
  std::thread worker_thread_;
  std::thread vital_thread_;
  int port_ = 0;
};

}  // namespace

bool HttpOptions::IsVital(std::string_view target) const {
  return std::find(vital.begin(), vital.end(), target.substr(0, target.find('?'))) != vital.end();
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(HttpOptions options,
                                                              Handler handler) {
  auto endpoint = ParseListen(options.listen);
  if (!endpoint.ok()) return endpoint.status();
  auto server = std::make_unique<Server>(std::move(options), std::move(handler));
  if (absl::Status status = server->Open(*endpoint); !status.ok()) return status;
  return absl::StatusOr<std::unique_ptr<HttpServer>>(std::move(server));
}

}  // namespace faultline::http
