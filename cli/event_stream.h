// One connection to GET /api/v1/events, read without blocking for longer than asked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/http.h"
#include "cli/sse.h"

namespace faultline::cli {

// Not thread-safe.
class EventStream {
 public:
  // The collector sends a comment every 5 s; this long without a byte means that it is gone.
  static constexpr Span kMaxSilence = Span::Seconds(15);

  // `parser` outlives this; it keeps the Last-Event-ID from one connection to the next.
  EventStream(const HttpOptions& options, SseParser* parser);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Waits for at most `timeout`, until something comes or `wake_fd` (-1 = none) is readable, and
  // appends the events that came. Not OK: the connection is at its end, and why; UNAVAILABLE when
  // the collector could not be reached or is gone, see Client for the rest.
  absl::Status Poll(Span timeout, int wake_fd, std::vector<SseEvent>* events);

  // The collector has answered: what happens from now on will come.
  bool open() const { return open_; }

 private:
  static size_t OnHeader(const char* data, size_t size, size_t count, void* self);
  static size_t OnBody(const char* data, size_t size, size_t count, void* self);
  void TakeBody(std::string_view bytes);
  absl::Status End(CURLcode code) const;
  Span Patience() const;  // how long without a byte is too long

  HttpOptions options_;
  SseParser* parser_;
  SystemClock clock_;
  HttpHandle handle_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
  std::vector<SseEvent> events_;
  std::string refusal_;
  bool open_ = false;
  bool is_other_ = false;   // answered 200, but with something that is no event stream
  bool too_large_ = false;  // an event beyond the parser's bound
  MonoTime heard_;
};

}  // namespace faultline::cli
