// HTTP to the collector: what its one-shot client and its event stream share, over libcurl.
#pragma once

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/clock.h"

namespace faultline::cli {

struct HttpOptions {
  std::string collector;  // "http://127.0.0.1:7480"
  Span timeout = Span::Seconds(10);
  // Asked about once a second while waiting for an answer; true gives up. May be empty.
  std::function<bool()> cancelled = {};
};

// One libcurl handle, set up to speak to the collector: http and https only, no redirects, no
// proxy (the collector is reached directly), `timeout` for connecting. Not thread-safe.
class HttpHandle {
 public:
  HttpHandle(const HttpOptions& options, const std::string& path);
  HttpHandle(const HttpHandle&) = delete;
  HttpHandle& operator=(const HttpHandle&) = delete;

  CURL* get() const { return handle_.get(); }
  void AddHeader(const std::string& line);
  long response_code() const;        // NOLINT: libcurl's type
  std::string content_type() const;  // empty when there is none

  // UNAVAILABLE with the collector's address, why it cannot be reached, and what to do.
  absl::Status Unreachable(CURLcode code) const;
  // What an answer that is not 200 means: the API's own message when `body` holds one. NOT_FOUND
  // for 404, else FAILED_PRECONDITION.
  absl::Status Refused(std::string_view body) const;

 private:
  HttpOptions options_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_;
};

// `text` as one value in a query string.
std::string EscapeQuery(std::string_view text);

}  // namespace faultline::cli
