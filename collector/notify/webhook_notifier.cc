// The one file that calls libcurl.
#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <map>
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

// One attempt. Its address must not change while it is under way.
struct Transfer {
  uint64_t ticket = 0;
  EasyHandle easy;
  HeaderList headers;
  std::string body;
  std::string answer;
};

class WebhookNotifier : public Notifier {
 public:
  WebhookNotifier(const WebhookOptions& options, ParsedUrl url, const Clock& clock)
      : options_(options), url_(std::move(url)), clock_(clock), multi_(curl_multi_init()) {}

  ~WebhookNotifier() override {
    for (auto& [easy, transfer] : under_way_) {
      // A name that is still being looked up is not waited for.
      curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
      curl_multi_remove_handle(multi_.get(), easy);
    }
  }

  const std::string& name() const override { return options_.name; }

  void Begin(uint64_t ticket, const incidents::Notification& notification,
             const std::string& key) override {
    std::unique_ptr<Transfer> transfer = TakeSpare();
    transfer->ticket = ticket;
    transfer->answer.clear();
    transfer->body =
        operator_api::ToJson(WebhookBodyOf(notification, clock_.Now(), options_.base_url));
    transfer->headers = Headers(key);
    CURL* easy = transfer->easy.get();
    if (easy == nullptr || multi_ == nullptr || !Prepare(*transfer) ||
        curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) {
      ended_.push_back({ticket, NoAnswer(url_.origin, "libcurl has no memory", Scope::kChannel)});
      return;
    }
    under_way_[easy] = std::move(transfer);
    Perform();  // so that it is on its way before the next is made
  }

  std::vector<Finished> Wait(Span at_most) override {
    Perform();
    if (ended_.empty() && multi_ != nullptr) {
      const int64_t milliseconds =
          std::clamp<int64_t>((at_most.ns + 999'999) / 1'000'000, 0, 60'000);
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(milliseconds), nullptr);
      Perform();
    }
    return std::exchange(ended_, {});
  }

  void Wake() override {
    if (multi_ != nullptr) curl_multi_wakeup(multi_.get());
  }

 private:
  struct MultiFree {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  std::unique_ptr<Transfer> TakeSpare() {
    if (spare_.empty()) {
      auto transfer = std::make_unique<Transfer>();
      transfer->easy.reset(curl_easy_init());
      return transfer;
    }
    std::unique_ptr<Transfer> transfer = std::move(spare_.back());
    spare_.pop_back();
    curl_easy_reset(transfer->easy.get());
    return transfer;
  }

  bool Prepare(Transfer& transfer) const {
    CURL* easy = transfer.easy.get();
    const auto set = [easy](CURLoption option, auto value) {
      return curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    const auto milliseconds =
        static_cast<long>(std::max<int64_t>(1, options_.timeout.ns / 1000000));
    return set(CURLOPT_URL, options_.url.c_str()) && set(CURLOPT_PROTOCOLS_STR, "http,https") &&
           set(CURLOPT_FOLLOWLOCATION, 0L) && set(CURLOPT_NOSIGNAL, 1L) &&
           set(CURLOPT_TCP_NODELAY, 1L) && set(CURLOPT_TCP_KEEPALIVE, 1L) &&
           set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
           set(CURLOPT_TIMEOUT_MS, milliseconds) &&
           set(CURLOPT_USERAGENT, "faultline/" FAULTLINE_VERSION) &&
           set(CURLOPT_HTTPHEADER, transfer.headers.get()) &&
           set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.body.size())) &&
           set(CURLOPT_POSTFIELDS, transfer.body.c_str()) &&
           set(CURLOPT_WRITEFUNCTION, &WebhookNotifier::KeepStart) &&
           set(CURLOPT_WRITEDATA, &transfer.answer);
  }

  static HeaderList Headers(const std::string& key) {
    curl_slist* list = nullptr;
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

  void Perform() {
    if (multi_ == nullptr) return;
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto ended = under_way_.find(message->easy_handle);
      if (ended == under_way_.end()) continue;
      std::unique_ptr<Transfer> transfer = std::move(ended->second);
      under_way_.erase(ended);
      ended_.push_back({transfer->ticket, Judge(*transfer, message->data.result)});
      curl_multi_remove_handle(multi_.get(), transfer->easy.get());
      spare_.push_back(std::move(transfer));
    }
  }

  SendResult Judge(const Transfer& transfer, CURLcode code) const {
    CURL* easy = transfer.easy.get();
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    // An answer counts by its status, also when its body was too long or never ended.
    if (status < 200) {
      // One that is slow may be so with this one; who cannot be reached is so for all.
      const bool slow = code == CURLE_OPERATION_TIMEDOUT;
      return NoAnswer(url_.origin, Explain(easy, code), slow ? Scope::kMessage : Scope::kChannel);
    }
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    retry_after = std::clamp<curl_off_t>(retry_after, 0, 86400);
    return JudgeAnswer(url_.origin, static_cast<int>(status), Span::Seconds(retry_after),
                       Mask(transfer.answer));
  }

  // libcurl's own longer texts may quote the URL; these do not.
  std::string Explain(CURL* easy, CURLcode code) const {
    long os_error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
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
  // The connections are the multi handle's: it goes last.
  const std::unique_ptr<CURLM, MultiFree> multi_;
  std::map<CURL*, std::unique_ptr<Transfer>> under_way_;
  std::vector<std::unique_ptr<Transfer>> spare_;
  std::vector<Finished> ended_;
};

}  // namespace

std::string KeyOf(const incidents::Notification& notification) {
  return absl::StrCat(notification.incident.dedup_key, "/", notification.version);
}

SendResult SendAndWait(Notifier& notifier, const incidents::Notification& notification) {
  notifier.Begin(1, notification, KeyOf(notification));
  for (;;) {
    const std::vector<Finished> finished = notifier.Wait(Span::Seconds(60));
    if (!finished.empty()) return finished.front().result;
  }
}

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
