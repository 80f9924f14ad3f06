// The one file that calls libcurl.
#include <curl/curl.h>

#include <cstring>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collector/notify/answer.h"
#include "collector/notify/notify.h"
#include "collector/notify/webhook_body.h"
#include "collector/operator/json.h"
#include "common/text.h"

namespace faultline::notify {
namespace {

constexpr size_t kMaxAnswerBytes = 65536;

struct CurlFree {
  void operator()(char* text) const { curl_free(text); }
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using UrlHandle = std::unique_ptr<CURLU, CurlFree>;
using EasyHandle = std::unique_ptr<CURL, CurlFree>;
using HeaderList = std::unique_ptr<curl_slist, CurlFree>;

std::string UrlPart(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  const std::unique_ptr<char, CurlFree> owned(text);
  return text;
}

struct ParsedUrl {
  std::string origin;                // "https://hooks.example:443"
  std::vector<std::string> secrets;  // what must not show up in an error, percent-encoded or not
};

absl::StatusOr<ParsedUrl> ParseUrl(const std::string& text) {
  const UrlHandle url(curl_url());
  const auto refuse = [](const std::string& why) {
    // The URL itself is not shown: it may hold a secret.
    return absl::InvalidArgumentError(absl::StrCat("the webhook's url ", why));
  };
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return refuse("is not a URL; write http://HOST:PORT/PATH or https://...");
  }
  const std::string scheme = UrlPart(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return refuse("must start with http:// or https://");
  ParsedUrl parsed;
  parsed.origin = CleanText(absl::StrCat(scheme, "://", UrlPart(url.get(), CURLUPART_HOST), ":",
                                         UrlPart(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)),
                            200);
  for (const CURLUPart part :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_PATH}) {
    for (const unsigned flags : {0u, unsigned{CURLU_URLDECODE}}) {
      std::string secret = UrlPart(url.get(), part, flags);
      // Shorter ones ("/hook") would blank out harmless words and are no secret.
      if (secret.size() >= 6) parsed.secrets.push_back(std::move(secret));
    }
  }
  return parsed;
}

// A header's value: one line of visible characters.
std::string HeaderLine(const std::string& name, const std::string& value) {
  return absl::StrCat(name, ": ", CleanText(value, 512));
}

class WebhookNotifier : public Notifier {
 public:
  WebhookNotifier(const WebhookOptions& options, ParsedUrl url, const Clock& clock)
      : options_(options), url_(std::move(url)), clock_(clock), curl_(curl_easy_init()) {}

  const std::string& name() const override { return options_.name; }

  SendResult Send(const incidents::Notification& notification) override {
    CURL* curl = curl_.get();
    if (curl == nullptr) return Failed("libcurl has no memory");
    const std::string body =
        operator_api::ToJson(WebhookBodyOf(notification, clock_.Now(), options_.base_url));
    const HeaderList headers = Headers(notification);
    std::string answer;
    // Forgets the options, keeps the connection.
    curl_easy_reset(curl);
    Set(CURLOPT_URL, options_.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_TCP_NODELAY, 1L);
    Set(CURLOPT_TCP_KEEPALIVE, 1L);
    Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(1, options_.timeout.ns / 1000000)));
    Set(CURLOPT_USERAGENT, "faultline/" FAULTLINE_VERSION);
    Set(CURLOPT_HTTPHEADER, headers.get());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    Set(CURLOPT_POSTFIELDS, body.c_str());
    Set(CURLOPT_WRITEFUNCTION, &WebhookNotifier::KeepStart);
    Set(CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(curl);

    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    // An answer counts by its status, also when its body was too long or never ended.
    if (status < 200) return Failed(Explain(code));
    curl_off_t retry_after = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
    retry_after = std::clamp<curl_off_t>(retry_after, 0, 86400);
    return JudgeAnswer(url_.origin, static_cast<int>(status), Span::Seconds(retry_after),
                       Mask(answer));
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(curl_.get(), option, value);
  }

  static HeaderList Headers(const incidents::Notification& notification) {
    curl_slist* list = nullptr;
    const std::string key =
        absl::StrCat(notification.incident.dedup_key, "/", notification.version);
    for (const std::string& line : {std::string("Content-Type: application/json"),
                                    HeaderLine("Idempotency-Key", key), std::string("Expect:")}) {
      list = curl_slist_append(list, line.c_str());
    }
    return HeaderList(list);
  }

  // Keeps the start of the answer and ends one that is too long.
  static size_t KeepStart(char* data, size_t size, size_t count, void* into) {
    auto* answer = static_cast<std::string*>(into);
    if (answer->size() + size * count > kMaxAnswerBytes) return 0;
    answer->append(data, size * count);
    return size * count;
  }

  SendResult Failed(const std::string& why) const {
    SendResult result;
    result.outcome = Outcome::kRetry;
    result.error = absl::StrCat(url_.origin, ": ", why);
    return result;
  }

  // libcurl's own longer texts may quote the URL; these do not.
  std::string Explain(CURLcode code) const {
    long os_error = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_OS_ERRNO, &os_error);
    switch (code) {
      case CURLE_OK:
        return "gave no answer";
      case CURLE_OPERATION_TIMEDOUT:
        return absl::StrCat("no answer within ", FormatSpan(options_.timeout));
      case CURLE_COULDNT_CONNECT:
        return os_error == 0
                   ? "cannot connect"
                   : absl::StrCat("cannot connect: ", strerror(static_cast<int>(os_error)));
      default:
        return curl_easy_strerror(code);
    }
  }

  // A receiver that quotes the request must not bring its secret into our logs.
  std::string Mask(std::string text) const {
    for (const std::string& secret : url_.secrets) {
      absl::StrReplaceAll({{secret, "***"}}, &text);
    }
    return text;
  }

  const WebhookOptions options_;
  const ParsedUrl url_;
  const Clock& clock_;
  const EasyHandle curl_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Notifier>> MakeWebhookNotifier(const WebhookOptions& options,
                                                              const Clock& clock) {
  // Not thread-safe by itself, and nobody may be using libcurl before it.
  static std::once_flag initialized;
  std::call_once(initialized, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  absl::StatusOr<ParsedUrl> url = ParseUrl(options.url);
  if (!url.ok()) return url.status();
  return std::make_unique<WebhookNotifier>(options, *std::move(url), clock);
}

}  // namespace faultline::notify
