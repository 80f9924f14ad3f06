#include "collector/http/session.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <exception>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace faultline::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

// What a live feed holds in flight for one client.
constexpr size_t kStreamPieceBytes = 32 * 1024;
constexpr int kStreamSendBuffer = 128 * 1024;
// Of a refused request, how much of its rest is taken so that the client sees the answer and not a
// reset, and for how long.
constexpr size_t kDrainBytes = 256 * 1024;
constexpr std::chrono::seconds kDrainTime{2};
// An answer that is told even when there is no room.
constexpr size_t kSmallAnswer = 4 * 1024;

std::chrono::nanoseconds Duration(Span span) { return std::chrono::nanoseconds(span.ns); }

std::string Text(beast::string_view text) { return std::string(text.data(), text.size()); }

size_t BodyBytes(const Response& response) {
  size_t bytes = 0;
  for (const std::string& piece : response.body) bytes += piece.size();
  return bytes;
}

}  // namespace

Session::Session(asio::ip::tcp::socket socket, Shared& shared)
    : shared_(shared),
      socket_(std::move(socket)),
      buffer_(shared.options.max_header_bytes + shared.options.max_body_bytes),
      keep_alive_(socket_.get_executor()) {
  ++shared_.connections;
}

Session::~Session() {
  Hold(0);
  SetWaiting(false);
  shared_.streams.erase(this);
  --shared_.connections;
}

void Session::ReadHeader() {
  SetWaiting(true);
  head_only_ = false;
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(shared_.options.max_header_bytes));
  parser_->body_limit(shared_.options.max_body_bytes);
  // One deadline for the whole header: a client that sends a byte now and then gains nothing.
  socket_.expires_after(Duration(shared_.options.idle_timeout));
  beast::http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](Error error, size_t) { self->OnHeader(error); });
}

void Session::OnHeader(Error error) {
  SetWaiting(false);
  if (error) return Refuse(error);
  const auto& request = parser_->get();
  head_only_ = request.method() == beast::http::verb::head;
  http_1_0_ = request.version() < 11;
  if (request.target().size() > shared_.options.max_target_bytes) {
    return RefuseWith(414, "the request's target is longer than", shared_.options.max_target_bytes);
  }
  ReadBody();
}

void Session::ReadBody() {
  if (parser_->is_done()) return Dispatch();
  beast::http::async_read(socket_, buffer_, *parser_,
                          [self = shared_from_this()](Error error, size_t) {
                            if (error) return self->Refuse(error);
                            self->Dispatch();
                          });
}

void Session::Dispatch() {
  const auto& message = parser_->get();
  Request request;
  request.method = Text(message.method_string());
  request.target = Text(message.target());
  request.http_1_0 = http_1_0_;
  const auto hosts = message.equal_range(beast::http::field::host);
  for (auto host = hosts.first; host != hosts.second; ++host) {
    request.hosts.push_back(Text(host->value()));
  }
  request.accept_encoding = Text(message[beast::http::field::accept_encoding]);
  request.last_event_id = Text(message["Last-Event-ID"]);
  const auto origins = message.equal_range(beast::http::field::origin);
  for (auto origin = origins.first; origin != origins.second; ++origin) {
    request.origins.push_back(Text(origin->value()));
  }
  request.content_type = Text(message[beast::http::field::content_type]);
  request.authorization = Text(message[beast::http::field::authorization]);
  request.body = message.body();
  const bool keep_open = message.keep_alive();
  socket_.expires_never();

  asio::io_context& thread =
      shared_.options.IsVital(request.target) ? *shared_.vital : *shared_.worker;
  asio::post(
      thread, [self = shared_from_this(), request = std::move(request), keep_open]() mutable {
        Response response;
        try {
          response = self->shared_.handler(request);
        } catch (const std::exception& error) {
          response = ErrorResponse(500, "internal", "the request could not be answered");
          AddSecurityHeaders(&response);
        }
        Session& session = *self;
        asio::post(session.socket_.get_executor(),
                   [self = std::move(self), response = std::move(response), keep_open]() mutable {
                     if (response.stream != nullptr) return self->BeginStream(std::move(response));
                     self->Respond(std::move(response), keep_open);
                   });
      });
}

void Session::Refuse(Error error) {
  if (error == beast::http::error::end_of_stream) return CloseGently();
  if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
    return RefuseWith(431, "the request's header is larger than", shared_.options.max_header_bytes);
  }
  if (error == beast::http::error::body_limit) {
    return RefuseWith(413, "the request's body is larger than", shared_.options.max_body_bytes);
  }
  if (error.category() == beast::http::make_error_code(beast::http::error::bad_method).category()) {
    return RefuseWith(400, absl::StrCat("this is not HTTP/1.1: ", error.message()));
  }
  // The connection itself is gone or its time is over: nobody listens.
}

void Session::RefuseWith(int status, const char* too_large, size_t most_bytes) {
  RefuseWith(status, absl::StrCat(too_large, " ", most_bytes, " bytes"));
}

void Session::RefuseWith(int status, const std::string& message) {
  if (shared_.options.refused) shared_.options.refused(status);
  Response response = ErrorResponse(status, "invalid_argument", message);
  AddSecurityHeaders(&response);
  Respond(std::move(response), false);
}

void Session::WriteHead(const Response& response, bool chunked) {
  head_ = absl::StrCat("HTTP/1.1 ", response.status, " ",
                       std::string(StatusPhrase(response.status)), "\r\n");
  for (const auto& [name, value] : response.headers) {
    absl::StrAppend(&head_, name, ": ", value, "\r\n");
  }
  if (chunked) {
    absl::StrAppend(&head_, "Transfer-Encoding: chunked\r\n");
  } else if (response.stream == nullptr) {
    absl::StrAppend(&head_, "Content-Length: ", BodyBytes(response), "\r\n");
  }
  absl::StrAppend(&head_, "Connection: ", keep_open_ ? "keep-alive" : "close", "\r\n\r\n");
}

void Session::Hold(size_t bytes) {
  shared_.held_bytes += bytes - held_;
  held_ = bytes;
}

void Session::Respond(Response response, bool keep_open) {
  const size_t bytes = BodyBytes(response);
  if (bytes > kSmallAnswer && shared_.held_bytes > 0 &&
      bytes + shared_.held_bytes > shared_.options.max_held_bytes) {
    response = ErrorResponse(503, "unavailable", "too many large answers wait for their readers");
    response.headers.emplace_back("Retry-After", "10");
    AddSecurityHeaders(&response);
    keep_open = false;
  }
  Hold(BodyBytes(response));
  keep_open_ = keep_open;
  response_ = std::move(response);
  WriteHead(response_, false);
  std::vector<asio::const_buffer> pieces = {asio::buffer(head_)};
  if (!head_only_) {
    for (const std::string& piece : response_.body) pieces.push_back(asio::buffer(piece));
  }
  socket_.expires_after(Duration(shared_.options.idle_timeout));
  asio::async_write(socket_, pieces,
                    [self = shared_from_this()](Error error, size_t) { self->OnResponded(error); });
}

void Session::OnResponded(Error error) {
  response_ = {};
  Hold(0);
  if (error) return;
  if (!keep_open_) return CloseGently();
  ReadHeader();
}

void Session::BeginStream(Response response) {
  if (shared_.streams.size() >= shared_.options.max_streams) {
    response = ErrorResponse(503, "unavailable", "there are too many live feeds; try again later");
    response.headers.emplace_back("Retry-After", "10");
    AddSecurityHeaders(&response);
    return Respond(std::move(response), false);
  }
  shared_.streams.insert(this);
  Error ignored;
  socket_.socket().set_option(asio::socket_base::send_buffer_size(kStreamSendBuffer), ignored);
  socket_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  chunked_ = !http_1_0_;
  keep_open_ = chunked_;
  WriteHead(response, chunked_);
  stream_ = std::move(response.stream);
  stream_->set_wake([weak = weak_from_this(), executor = socket_.get_executor()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->Pump();
    });
  });
  WatchForEnd();
  written_ = std::move(head_);
  WriteStream("");
}

void Session::EndStream() {
  stream_.reset();
  shared_.streams.erase(this);
  keep_alive_.cancel();
  socket_.close();
}

void Session::Pump() {
  if (writing_ || stream_ == nullptr) return;
  std::string text = stream_->Take(kStreamPieceBytes);
  if (text.empty()) return ArmKeepAlive();
  WriteStream(std::move(text));
}

// Sends what stands in `written_`, then `text` as a chunk.
void Session::WriteStream(std::string text) {
  if (!text.empty()) {
    written_ = chunked_ ? absl::StrCat(absl::StrFormat("%x\r\n", text.size()), text, "\r\n")
                        : std::move(text);
  }
  writing_ = true;
  keep_alive_.cancel();
  socket_.expires_after(Duration(shared_.options.stream_patience));
  asio::async_write(socket_, asio::buffer(written_),
                    [self = shared_from_this()](Error error, size_t) {
                      self->writing_ = false;
                      if (error) return self->EndStream();
                      self->Pump();
                    });
}

void Session::ArmKeepAlive() {
  keep_alive_.expires_after(Duration(shared_.options.keep_alive));
  keep_alive_.async_wait([weak = weak_from_this()](Error error) {
    const auto self = weak.lock();
    if (error || self == nullptr || self->writing_ || self->stream_ == nullptr) return;
    self->WriteStream(self->stream_->KeepAlive());
  });
}

// A read stays pending so that a client's leaving is seen at once; what it sends is thrown away.
void Session::WatchForEnd() {
  socket_.async_read_some(asio::buffer(scratch_), [self = shared_from_this()](Error error, size_t) {
    if (self->stream_ == nullptr) return;
    if (error) return self->EndStream();
    self->WatchForEnd();
  });
}

void Session::CloseGently() {
  Error ignored;
  socket_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  socket_.expires_after(kDrainTime);
  Drain(kDrainBytes);
}

void Session::Drain(size_t left) {
  socket_.async_read_some(asio::buffer(scratch_),
                          [self = shared_from_this(), left](Error error, size_t bytes) {
                            if (error || bytes >= left) return;
                            self->Drain(left - bytes);
                          });
}

}  // namespace faultline::http
