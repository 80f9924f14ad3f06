// What one GET means: PURE.
#pragma once

#include <re2/re2.h>

#include <optional>
#include <string>
#include <vector>

#include "agent/checks/http_target.h"
#include "agent/checks/observation.h"
#include "agent/host/http_client.h"

namespace faultline::checks {

struct HttpExpectation {
  std::string shown;               // for people: "https://app.example/ (at 127.0.0.1:443)"
  std::string host;                // of the URL
  bool verify = true;              // a certificate that cannot be verified is TLS_FAILED
  bool redirect_to_https = false;  // else `statuses` counts
  std::vector<StatusRange> statuses;
  const RE2* body = nullptr;  // must match somewhere; nullptr: any body will do
  Span timeout;
  std::optional<Span> slow;
};

struct HttpVerdict {
  Observation observation;  // without times
  // The answer is right, but took longer than `slow`.
  bool slow = false;
};

// `slow_before`: the look before was slow, too. Only the second in a row is a WARNING.
HttpVerdict JudgeHttp(const HttpExpectation& expected, const host::HttpResult& result,
                      bool slow_before);

// For a page that is asked about something behind it: what kept the application from answering says
// nothing about that and becomes UNKNOWN, CANNOT_ASK. The page's own checks alarm on it.
void CountOnlyAnswers(Observation* seen);

}  // namespace faultline::checks
