// An HTTP/1.1 answer out of bytes as they come: bounded, without I/O. The one file of the agent
// that speaks Boost.Beast is http_answer_parser.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/host/http_client.h"

namespace faultline::host {

class HttpAnswerParser {
 public:
  enum class State { kMore, kDone, kBad };

  static std::unique_ptr<HttpAnswerParser> Create();
  virtual ~HttpAnswerParser() = default;

  // Done at the end of the answer, or when the body has reached kMaxHttpBody.
  virtual State Feed(std::string_view bytes) = 0;
  // The connection was closed. kDone where that is how an answer ends (no length was given), kMore
  // where the answer is incomplete.
  virtual State Closed() = 0;

  virtual bool has_header() const = 0;
  // After has_header.
  virtual HttpAnswer answer() const = 0;
  // After kBad, for people.
  virtual const std::string& problem() const = 0;
};

}  // namespace faultline::host
