#include "agent/host/http_answer_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace faultline::host {
namespace {

namespace http = boost::beast::http;
using Error = boost::beast::error_code;

constexpr int kMaxInterim = 8;
// What may wait unparsed: a header, or a line between chunks.
constexpr size_t kMaxUnparsed = kMaxHttpHeader + 1024;

// Beast's own string_body reserves what Content-Length promises, whatever that is.
struct BoundedBody {
  struct value_type {
    std::string text;
    bool cut = false;
  };
  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(http::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, Error& error) { error = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, Error& error) {
      error = {};
      std::size_t taken = 0;
      for (const boost::asio::const_buffer buffer : boost::beast::buffers_range_ref(buffers)) {
        const size_t fits = std::min(buffer.size(), kMaxHttpBody - body_.text.size());
        body_.text.append(static_cast<const char*>(buffer.data()), fits);
        if (fits < buffer.size()) body_.cut = true;
        taken += buffer.size();
      }
      return taken;
    }
    void finish(Error& error) { error = {}; }

   private:
    value_type& body_;
  };
};

std::string Text(boost::beast::string_view text) { return std::string(text.data(), text.size()); }

class BeastParser : public HttpAnswerParser {
 public:
  BeastParser() { Renew(); }

  State Feed(std::string_view bytes) override {
    unparsed_.append(bytes);
    while (!unparsed_.empty() && !parser_->is_done()) {
      Error error;
      const size_t taken = parser_->put(boost::asio::buffer(unparsed_), error);
      unparsed_.erase(0, taken);
      if (error == http::error::need_more) {
        if (unparsed_.size() > kMaxUnparsed) return Bad("a line of it has no end");
        break;
      }
      if (error == http::error::header_limit) {
        return Bad(absl::StrCat("its header is larger than ", kMaxHttpHeader / 1024, " KiB"));
      }
      if (error) return Bad(error.message());
      // RFC 9110, 15: the first digit is the class.
      if (parser_->is_header_done() && parser_->get().result_int() < 100) {
        return Bad(absl::StrCat("its status ", parser_->get().result_int(), " is none"));
      }
      if (parser_->get().body().cut) return State::kDone;
      if (parser_->is_done() && IsInterim()) {
        if (++interim_ > kMaxInterim) return Bad("interim answers without end");
        Renew();
      } else if (taken == 0) {
        break;
      }
    }
    return parser_->is_done() ? State::kDone : State::kMore;
  }

  State Closed() override {
    if (!parser_->is_header_done()) return State::kMore;
    Error error;
    if (!parser_->is_done()) parser_->put_eof(error);
    return error || !parser_->is_done() ? State::kMore : State::kDone;
  }

  bool has_header() const override { return parser_->is_header_done(); }

  HttpAnswer answer() const override {
    const auto& message = parser_->get();
    HttpAnswer answer;
    answer.status = static_cast<int>(message.result_int());
    answer.phrase = Text(message.reason());
    answer.location = Text(message[http::field::location]);
    answer.server = Text(message[http::field::server]);
    answer.body = message.body().text;
    answer.body_cut = message.body().cut;
    return answer;
  }

  const std::string& problem() const override { return problem_; }

 private:
  void Renew() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(kMaxHttpHeader);
    // BoundedBody has its own; boost::none would refuse every length (a mistake of 1.74).
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  // 100 Continue, 103 Early Hints: the answer is still to come. 101 is one.
  bool IsInterim() const {
    const unsigned status = parser_->get().result_int();
    return status >= 100 && status < 200 && status != 101;
  }

  State Bad(std::string why) {
    problem_ = std::move(why);
    return State::kBad;
  }

  std::optional<http::response_parser<BoundedBody>> parser_;
  std::string unparsed_;
  int interim_ = 0;
  std::string problem_;
};

}  // namespace

std::unique_ptr<HttpAnswerParser> HttpAnswerParser::Create() {
  return std::make_unique<BeastParser>();
}

}  // namespace faultline::host
