// What an http check is told: its URL and the statuses that it expects. PURE text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace faultline::checks {

struct HttpUrl {
  bool tls = false;
  std::string host;  // a name or a numeric address, brackets removed
  uint16_t port = 0;
  std::string authority;  // as the Host header has it: the port only when it is not the usual one
  std::string path;       // with its query; "/" at least
};

// http(s)://host[:port][/path][?query]. Refuses user names and passwords (a URL is shown and
// logged), fragments, and whatever would not fit into a request line. The error names the fix.
absl::StatusOr<HttpUrl> ParseHttpUrl(const std::string& text);

struct StatusRange {
  int first = 0;
  int last = 0;  // inclusive
};

// Each of `texts` is a comma-separated list of numbers and ranges: "200", "200-204,301".
absl::StatusOr<std::vector<StatusRange>> ParseStatuses(const std::vector<std::string>& texts);

bool Contains(const std::vector<StatusRange>& ranges, int status);

// True when `location` (a Location header's value) is https:// on `host`, on whatever port.
bool LeadsToHttps(const std::string& location, const std::string& host);

}  // namespace faultline::checks
