// One connection. Included by the two files that speak Beast, and by nothing else.
#pragma once

#include <utility>
// asio/awaitable.hpp of this version needs <utility> before it.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/http/server.h"

namespace faultline::http {

class Session;

// What all connections share. Outlives them.
struct Shared {
  HttpOptions options;
  Handler handler;
  // Where `handler` runs. What waits there holds connections, so it ends before their sockets' own
  // context does.
  std::unique_ptr<boost::asio::io_context> worker = std::make_unique<boost::asio::io_context>(1);
  std::unique_ptr<boost::asio::io_context> vital = std::make_unique<boost::asio::io_context>(1);
  std::atomic<size_t> connections = 0;
  std::list<Session*> waiting;  // for a request, the longest first; I/O thread only
  std::set<Session*> streams;   // I/O thread only
  size_t held_bytes = 0;        // of answers that are being written; I/O thread only
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, Shared& shared);
  ~Session();

  // The connection keeps itself alive until it is closed.
  void Start() { ReadHeader(); }
  // Ends a live feed; on the I/O thread.
  void EndStream();
  // Ends a connection that waits for a request; the same.
  void GiveWay() { socket_.close(); }

 private:
  using Error = boost::beast::error_code;

  void ReadHeader();
  void OnHeader(Error error);
  void ReadBody();
  void Dispatch();
  void SetWaiting(bool waiting) {
    if (waiting_.has_value()) shared_.waiting.erase(*waiting_);
    waiting_.reset();
    if (waiting) waiting_ = shared_.waiting.insert(shared_.waiting.end(), this);
  }
  void Refuse(Error error);
  void RefuseWith(int status, const std::string& message);
  void RefuseWith(int status, const char* too_large, size_t most_bytes);

  void Respond(Response response, bool keep_open);
  void OnResponded(Error error);
  void Hold(size_t bytes);
  void WriteHead(const Response& response, bool chunked);

  void BeginStream(Response response);
  void Pump();
  void WriteStream(std::string text);
  void WatchForEnd();
  void ArmKeepAlive();

  void CloseGently();
  void Drain(size_t left);

  Shared& shared_;
  boost::beast::tcp_stream socket_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  bool head_only_ = false;
  bool http_1_0_ = false;
  bool keep_open_ = false;
  std::optional<std::list<Session*>::iterator> waiting_;  // in Shared

  Response response_;  // being written
  size_t held_ = 0;    // of it, counted in Shared
  std::string head_;

  std::unique_ptr<BodyStream> stream_;
  boost::asio::steady_timer keep_alive_;
  bool writing_ = false;
  bool chunked_ = false;
  std::string written_;  // being written
  char scratch_[512];
};

}  // namespace faultline::http
