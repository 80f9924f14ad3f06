#include "cli/http.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/terminal_text.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace faultline::cli {
namespace {

constexpr size_t kMaxErrorMessage = 500;

CURL* NewHandle() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL* curl = done == CURLE_OK ? curl_easy_init() : nullptr;
  if (curl == nullptr) std::abort();  // out of memory
  return curl;
}

int OnProgress(void* options, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const HttpOptions*>(options)->cancelled() ? 1 : 0;
}

// {"error": {"message": "..."}}, or empty.
std::string MessageIn(std::string_view body) {
  google::protobuf::Struct json;
  if (!google::protobuf::util::JsonStringToMessage(std::string(body), &json).ok()) return "";
  const auto error = json.fields().find("error");
  if (error == json.fields().end()) return "";
  const auto& fields = error->second.struct_value().fields();
  const auto message = fields.find("message");
  return message == fields.end() ? "" : message->second.string_value();
}

}  // namespace

HttpHandle::HttpHandle(const HttpOptions& options, const std::string& path)
    : options_(options),
      headers_(nullptr, curl_slist_free_all),
      handle_(NewHandle(), curl_easy_cleanup) {
  CURL* curl = handle_.get();
  const std::string url = absl::StrCat(options_.collector, path);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "faultline/" FAULTLINE_VERSION);
  const auto timeout_ms = static_cast<long>(options_.timeout.ns / 1'000'000);  // NOLINT
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
  if (options_.cancelled) {
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &options_);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  }
}

void HttpHandle::AddHeader(const std::string& line) {
  headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
  curl_easy_setopt(get(), CURLOPT_HTTPHEADER, headers_.get());
}

long HttpHandle::response_code() const {  // NOLINT: libcurl's type
  long code = 0;                          // NOLINT
  curl_easy_getinfo(get(), CURLINFO_RESPONSE_CODE, &code);
  return code;
}

std::string HttpHandle::content_type() const {
  const char* type = nullptr;
  curl_easy_getinfo(get(), CURLINFO_CONTENT_TYPE, &type);
  return type == nullptr ? "" : absl::AsciiStrToLower(type);
}

absl::Status HttpHandle::Unreachable(CURLcode code) const {
  std::string why;
  long os_error = 0;  // NOLINT
  curl_easy_getinfo(get(), CURLINFO_OS_ERRNO, &os_error);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    why = absl::StrCat("no answer within ", FormatSpan(options_.timeout));
  } else if (code == CURLE_COULDNT_RESOLVE_HOST) {
    why = "its name does not resolve";
  } else if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
    why = strerror(static_cast<int>(os_error));
    why[0] = absl::ascii_tolower(static_cast<unsigned char>(why[0]));
  } else if (code == CURLE_GOT_NOTHING) {
    why = "it closed the connection without an answer";
  } else if (code == CURLE_ABORTED_BY_CALLBACK) {
    why = "interrupted";
  } else {
    why = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  }
  return absl::UnavailableError(absl::StrCat(
      "cannot reach the collector at ", options_.collector, ": ", TerminalText(why),
      ". Is it running? Try: systemctl status faultline-collector, or give --collector URL"));
}

absl::Status HttpHandle::Refused(std::string_view body) const {
  const long code = response_code();  // NOLINT
  const std::string message = MessageIn(body);
  const absl::StatusCode status =
      code == 404 ? absl::StatusCode::kNotFound : absl::StatusCode::kFailedPrecondition;
  // Its own words say what there is not.
  if (!message.empty() && code == 404) {
    return absl::NotFoundError(TerminalText(message, kMaxErrorMessage));
  }
  if (!message.empty()) {
    return absl::Status(status, absl::StrFormat("the collector answered HTTP %d: %s", code,
                                                TerminalText(message, kMaxErrorMessage)));
  }
  return absl::Status(
      status, absl::StrFormat("%s answered HTTP %d, not as a Faultline collector does. Does "
                              "--collector name the collector's HTTP port?",
                              options_.collector, code));
}

std::string EscapeQuery(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4U], kHex[byte & 0xFU]};
    }
  }
  return out;
}

}  // namespace faultline::cli
