#include "agent/checks/http_target.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/host/endpoint.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxUrl = 2048;

absl::Status BadUrl(const std::string& why) {
  return absl::InvalidArgumentError(
      absl::StrCat(why, "; write one like https://app.example/db-check"));
}

absl::Status BadStatus(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", CleanText({text.data(), text.size()}, 40),
                   "\" is no status (100 to 599) nor a range; write 200 or 200-204"));
}

}  // namespace

absl::StatusOr<HttpUrl> ParseHttpUrl(const std::string& text) {
  HttpUrl url;
  size_t begin = 0;
  if (absl::StartsWithIgnoreCase(text, "https://")) {
    url.tls = true;
    begin = 8;
  } else if (absl::StartsWithIgnoreCase(text, "http://")) {
    begin = 7;
  } else {
    return BadUrl("it begins neither with http:// nor with https://");
  }
  if (text.size() > kMaxUrl) return BadUrl("it is longer than 2048 bytes");
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
    return BadUrl("it has a blank or a character beyond ASCII; write that as %20 or the like");
  }
  if (text.find('#') != std::string::npos) {
    return BadUrl("it has a #fragment, which is never sent");
  }
  const size_t end = std::min(text.find_first_of("/?", begin), text.size());
  std::string authority = text.substr(begin, end - begin);
  if (authority.find('@') != std::string::npos) {
    return BadUrl("it holds a user name or a password, which would be shown to everyone");
  }
  const uint16_t usual = url.tls ? 443 : 80;
  const size_t bracket = authority.rfind(']');
  const size_t after = bracket == std::string::npos ? 0 : bracket;
  const bool has_port = authority.find(':', after) != std::string::npos;
  const absl::StatusOr<host::HostPort> endpoint =
      host::ParseHostPort(has_port ? authority : absl::StrCat(authority, ":", usual));
  if (!endpoint.ok()) {
    return BadUrl(absl::StrCat("\"", CleanText(authority, 80), "\" is no host or host:port"));
  }
  url.host = endpoint->host;
  url.port = endpoint->port;
  if (has_port && url.port == usual) authority.resize(authority.rfind(':'));
  url.authority = std::move(authority);
  url.path = text.substr(end);
  if (url.path.empty() || url.path[0] != '/') url.path.insert(0, "/");
  return url;
}

absl::StatusOr<std::vector<StatusRange>> ParseStatuses(const std::vector<std::string>& texts) {
  std::vector<StatusRange> ranges;
  for (const std::string& text : texts) {
    for (const absl::string_view part : absl::StrSplit(text, ',')) {
      const std::vector<absl::string_view> ends = absl::StrSplit(part, '-');
      StatusRange range;
      if (ends.size() > 2 || !absl::SimpleAtoi(ends.front(), &range.first) ||
          !absl::SimpleAtoi(ends.back(), &range.last) || range.first < 100 || range.last > 599 ||
          range.last < range.first) {
        return BadStatus(part);
      }
      ranges.push_back(range);
    }
  }
  if (ranges.empty()) return BadStatus("");
  return ranges;
}

bool Contains(const std::vector<StatusRange>& ranges, int status) {
  return std::any_of(ranges.begin(), ranges.end(), [status](const StatusRange& range) {
    return range.first <= status && status <= range.last;
  });
}

bool LeadsToHttps(const std::string& location, const std::string& host) {
  if (!absl::StartsWithIgnoreCase(location, "https://")) return false;
  const size_t end = std::min(location.find_first_of("/?#", 8), location.size());
  std::string authority = location.substr(8, end - 8);
  // A user name before the host would lead elsewhere than it seems.
  if (authority.find('@') != std::string::npos) return false;
  if (authority.size() > 2 && authority[0] == '[') {
    authority = authority.substr(1, authority.find(']') - 1);
  } else {
    authority.resize(std::min(authority.find(':'), authority.size()));
  }
  return absl::EqualsIgnoreCase(authority, host);
}

}  // namespace faultline::checks
