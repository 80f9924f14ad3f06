// Parsing of text/event-stream (WHATWG HTML, "Server-sent events"). Pure: bytes in, events out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::cli {

struct SseEvent {
  std::string type;  // "message" when the stream names none
  std::string data;  // lines joined by '\n'
};

// One stream; not thread-safe. Bytes may be cut anywhere, lines end in LF, CR or CRLF.
class SseParser {
 public:
  // No event may be larger; a collector's are a few KiB.
  static constexpr size_t kMaxEventBytes = 1 << 20;

  // Appends the events that `bytes` completes. False when an event is larger than the bound: the
  // stream is then of no more use.
  bool Feed(std::string_view bytes, std::vector<SseEvent>* events);

  // The newest `id:` of a complete event, to be sent as Last-Event-ID. Lives on over Restart().
  const std::string& last_event_id() const { return last_event_id_; }

  // A new connection begins: what was half read is forgotten.
  void Restart();

 private:
  void TakeLine(std::vector<SseEvent>* events);

  std::string line_;
  bool skip_line_feed_ = false;  // the last byte was a CR
  bool at_start_ = true;         // a byte order mark may stand here
  std::string type_;
  std::string data_;
  bool has_data_ = false;
  std::string id_;
  std::string last_event_id_;
};

}  // namespace faultline::cli
