#include "agent/host/http_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/host/http_answer_parser.h"

namespace faultline::host {
namespace {

class Exchange : public HttpExchange, private StreamObserver {
 public:
  Exchange(Loop& loop, const HttpRequest& request, std::function<void(HttpResult)> callback)
      : loop_(loop),
        request_(request),
        callback_(std::move(callback)),
        parser_(HttpAnswerParser::Create()) {}

  void Begin() {
    std::unique_ptr<TlsSession> tls;
    if (request_.tls.has_value()) {
      auto session = TlsSession::Create(*request_.tls);
      if (!session.ok()) {
        result_.cannot = std::string(session.status().message());
        return Finish();
      }
      tls = *std::move(session);
    }
    stream_ = std::make_unique<ClientStream>(loop_, request_.target, std::move(tls),
                                             static_cast<StreamObserver&>(*this));
    begun_ = SystemClock().Mono();
    stream_->Start();
  }

 private:
  void OnOpen() override {
    if (stream_->tls() != nullptr) result_.tls = stream_->tls()->Facts();
    sent_ = SystemClock().Mono();
    std::string head =
        absl::StrCat(request_.method, " ", request_.path, " HTTP/1.1\r\nHost: ", request_.host,
                     "\r\nUser-Agent: faultline-agent/", FAULTLINE_VERSION,
                     "\r\nAccept: */*\r\nConnection: close\r\n");
    // RFC 9110, 8.6: where a body would mean something, its absence is said.
    if (request_.method != "GET") absl::StrAppend(&head, "Content-Length: 0\r\n");
    for (const auto& [name, value] : request_.headers) {
      absl::StrAppend(&head, name, ": ", value, "\r\n");
    }
    stream_->Send(head + "\r\n");
  }

  bool OnData(std::string_view bytes) override {
    if (result_.first_byte.ns == 0) result_.first_byte = SystemClock().Mono() - sent_;
    switch (parser_->Feed(bytes)) {
      case HttpAnswerParser::State::kMore:
        return true;
      case HttpAnswerParser::State::kBad:
        result_.not_http = parser_->problem();
        break;
      case HttpAnswerParser::State::kDone:
        break;
    }
    Finish();
    return false;
  }

  void OnEnd(const StreamEnd& end) override {
    const bool complete = end.kind == StreamEndKind::kClosed && end.stage == StreamStage::kOpen &&
                          parser_->Closed() == HttpAnswerParser::State::kDone;
    if (!complete) result_.failure = end;
    Finish();
  }

  // Later, because the callback may destroy this, and the stream is still in its own call.
  void Finish() {
    if (stream_ != nullptr) {
      result_.times = stream_->times();
      result_.total = SystemClock().Mono() - begun_;
    }
    if (result_.not_http.empty() && parser_->has_header()) result_.answer = parser_->answer();
    told_ = loop_.After(Span{}, [this] {
      const auto callback = std::move(callback_);
      HttpResult result = std::move(result_);
      callback(std::move(result));
    });
  }

  Loop& loop_;
  const HttpRequest request_;
  std::function<void(HttpResult)> callback_;
  const std::unique_ptr<HttpAnswerParser> parser_;
  HttpResult result_;
  MonoTime begun_;
  MonoTime sent_;
  std::unique_ptr<ClientStream> stream_;
  std::unique_ptr<LoopSource> told_;
};

}  // namespace

std::unique_ptr<HttpExchange> HttpFetch(Loop& loop, const HttpRequest& request,
                                        std::function<void(HttpResult)> callback) {
  auto exchange = std::make_unique<Exchange>(loop, request, std::move(callback));
  exchange->Begin();
  return exchange;
}

}  // namespace faultline::host
