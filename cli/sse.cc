#include "cli/sse.h"

#include <utility>

#include "absl/strings/ascii.h"

namespace faultline::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kMaxIdBytes = 256;

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

}  // namespace

bool SseParser::Feed(std::string_view bytes, std::vector<SseEvent>* events) {
  for (const char c : bytes) {
    if (skip_line_feed_ && c == '\n') {
      skip_line_feed_ = false;
      continue;
    }
    skip_line_feed_ = c == '\r';
    if (c == '\r' || c == '\n') {
      TakeLine(events);
      continue;
    }
    if (line_.size() + data_.size() >= kMaxEventBytes) return false;
    line_ += c;
  }
  return true;
}

void SseParser::TakeLine(std::vector<SseEvent>* events) {
  std::string taken = std::exchange(line_, {});
  std::string_view line = taken;
  if (std::exchange(at_start_, false) && line.substr(0, 3) == kByteOrderMark) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    last_event_id_ = id_;
    if (has_data_) {
      events->push_back({type_.empty() ? "message" : std::move(type_), std::move(data_)});
    }
    type_.clear();
    data_.clear();
    has_data_ = false;
    return;
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    data_.append(value);
    has_data_ = true;
  } else if (field == "event") {
    type_ = value;
  } else if (field == "id") {
    // It goes back into a request header: only what can stand there.
    if (value.size() <= kMaxIdBytes && IsPrintable(value)) id_ = value;
  }
  // Comments (an empty field) and unknown fields say nothing; `retry` neither, for we have our own
  // backoff.
}

void SseParser::Restart() {
  line_.clear();
  skip_line_feed_ = false;
  at_start_ = true;
  type_.clear();
  data_.clear();
  has_data_ = false;
  id_ = last_event_id_;
}

}  // namespace faultline::cli
