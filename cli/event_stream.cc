#include "cli/event_stream.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace faultline::cli {
namespace {

constexpr size_t kMaxRefusalBytes = 64 * 1024;

}  // namespace

EventStream::EventStream(const HttpOptions& options, SseParser* parser)
    : options_(options),
      parser_(parser),
      handle_(options, "/api/v1/events"),
      multi_(curl_multi_init(), curl_multi_cleanup) {
  if (multi_ == nullptr) std::abort();  // out of memory
  parser_->Restart();
  heard_ = clock_.Mono();
  handle_.AddHeader("Accept: text/event-stream");
  handle_.AddHeader("Cache-Control: no-store");
  if (!parser_->last_event_id().empty()) {
    handle_.AddHeader(absl::StrCat("Last-Event-ID: ", parser_->last_event_id()));
  }
  curl_easy_setopt(handle_.get(), CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle_.get(), CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_.get(), CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle_.get(), CURLOPT_WRITEDATA, this);
  curl_multi_add_handle(multi_.get(), handle_.get());
}

EventStream::~EventStream() { curl_multi_remove_handle(multi_.get(), handle_.get()); }

size_t EventStream::OnHeader(const char* data, size_t size, size_t count, void* self) {
  EventStream& stream = *static_cast<EventStream*>(self);
  const std::string_view line(data, size * count);
  // The empty line after the headers; informational answers (1xx) have one too.
  if ((line == "\r\n" || line == "\n") && stream.handle_.response_code() == 200) {
    stream.is_other_ = !absl::StartsWith(stream.handle_.content_type(), "text/event-stream");
    stream.open_ = !stream.is_other_;
    stream.heard_ = stream.clock_.Mono();
  }
  return size * count;
}

size_t EventStream::OnBody(const char* data, size_t size, size_t count, void* self) {
  EventStream& stream = *static_cast<EventStream*>(self);
  stream.TakeBody({data, size * count});
  return stream.too_large_ || stream.is_other_ ? 0 : size * count;
}

void EventStream::TakeBody(std::string_view bytes) {
  heard_ = clock_.Mono();
  if (open_) {
    too_large_ = !parser_->Feed(bytes, &events_);
  } else if (refusal_.size() < kMaxRefusalBytes) {
    refusal_.append(bytes.substr(0, kMaxRefusalBytes - refusal_.size()));
  }
}

absl::Status EventStream::Poll(Span timeout, int wake_fd, std::vector<SseEvent>* events) {
  int running = 0;
  curl_multi_perform(multi_.get(), &running);
  if (running > 0 && events_.empty()) {
    curl_waitfd wake{wake_fd, CURL_WAIT_POLLIN, 0};
    // Not beyond the moment when the silence has lasted too long.
    const Span left = heard_ + Patience() - clock_.Mono();
    const int64_t ms = std::clamp<int64_t>(std::min(timeout, left).ns / 1'000'000 + 1, 0, 60'000);
    curl_multi_poll(multi_.get(), &wake, wake_fd >= 0 ? 1 : 0, static_cast<int>(ms), nullptr);
    curl_multi_perform(multi_.get(), &running);
  }
  events->insert(events->end(), std::make_move_iterator(events_.begin()),
                 std::make_move_iterator(events_.end()));
  events_.clear();
  if (running == 0) {
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    return End(message == nullptr ? CURLE_RECV_ERROR : message->data.result);
  }
  if (clock_.Mono() - heard_ > Patience()) {
    return open_ ? absl::UnavailableError(absl::StrCat("nothing heard from the collector at ",
                                                       options_.collector, " for ",
                                                       FormatSpan(kMaxSilence)))
                 : handle_.Unreachable(CURLE_OPERATION_TIMEDOUT);
  }
  return absl::OkStatus();
}

Span EventStream::Patience() const { return open_ ? kMaxSilence : options_.timeout; }

absl::Status EventStream::End(CURLcode code) const {
  if (too_large_) {
    return absl::ResourceExhaustedError("the collector sent an event larger than 1 MiB");
  }
  if (is_other_) return handle_.Refused("");
  if (open_) {
    return absl::UnavailableError(
        absl::StrCat("the collector at ", options_.collector, " closed the connection"));
  }
  return code == CURLE_OK ? handle_.Refused(refusal_) : handle_.Unreachable(code);
}

}  // namespace faultline::cli
