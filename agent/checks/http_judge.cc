#include "agent/checks/http_judge.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/certificate_file.h"
#include "agent/checks/http_body.h"
#include "agent/checks/log_mask.h"
#include "agent/checks/make_observation.h"
#include "agent/checks/milliseconds.h"
#include "agent/checks/stamp.h"
#include "agent/checks/stream_words.h"
#include "agent/checks/timestamp_gauge.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxHeaderShown = 200;

std::string HeaderText(const std::string& value) {
  return CleanText(MaskSecrets(CleanText(value, 2048)), kMaxHeaderShown);
}

std::string Said(const HttpExpectation& expected, const host::HttpAnswer& answer) {
  std::string text = absl::StrCat(expected.shown, " answers ", answer.status);
  const std::string phrase = CleanText(answer.phrase, 60);
  if (!phrase.empty()) absl::StrAppend(&text, " ", phrase);
  return text;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

Observation WrongStatus(const HttpExpectation& expected, const host::HttpAnswer& answer) {
  const std::string said = Said(expected, answer);
  if (answer.status == 502) {
    return MakeObservation(
        State::kCritical, "STATUS_502",
        absl::StrCat(said, ": the proxy does not reach the application behind it"));
  }
  if (answer.status == 504) {
    return MakeObservation(
        State::kCritical, "STATUS_504",
        absl::StrCat(said, ": the application behind the proxy does not answer in time"));
  }
  return MakeObservation(State::kCritical, "STATUS_OTHER", said);
}

Observation JudgeRedirect(const HttpExpectation& expected, const host::HttpAnswer& answer) {
  if (answer.status >= 500) return WrongStatus(expected, answer);
  const std::string said = Said(expected, answer);
  if (IsRedirect(answer.status) && LeadsToHttps(answer.location, expected.host)) {
    return MakeObservation(State::kOk, "", absl::StrCat(said, ", a redirect to HTTPS"));
  }
  if (IsRedirect(answer.status)) {
    return MakeObservation(State::kCritical, "NO_HTTPS_REDIRECT",
                           absl::StrCat(said, " to \"", HeaderText(answer.location),
                                        "\", not to https://", expected.host));
  }
  return MakeObservation(State::kCritical, "NO_HTTPS_REDIRECT",
                         absl::StrCat(said, " instead of a redirect to https://", expected.host));
}

Observation JudgeAnswer(const HttpExpectation& expected, const host::HttpAnswer& answer) {
  if (expected.redirect_to_https) return JudgeRedirect(expected, answer);
  if (!Contains(expected.statuses, answer.status)) return WrongStatus(expected, answer);
  if (expected.body != nullptr && !RE2::PartialMatch(answer.body, *expected.body)) {
    return MakeObservation(
        State::kCritical, "BODY_MISMATCH",
        absl::StrCat(Said(expected, answer), ", but ",
                     answer.body_cut ? "the first 64 KiB of its body do" : "its body does",
                     " not match ", CleanText(expected.body->pattern(), 100)));
  }
  return MakeObservation(State::kOk, "", Said(expected, answer));
}

Observation JudgeResult(const HttpExpectation& expected, const host::HttpResult& result) {
  if (!result.cannot.empty()) {
    return CouldNotLook("CA_UNREADABLE", absl::StrCat("ca: ", CleanText(result.cannot, 400)));
  }
  if (expected.verify && result.tls.has_value() && !result.tls->doubts.empty()) {
    return MakeObservation(State::kCritical, "TLS_FAILED",
                           absl::StrCat("the certificate of ", expected.shown,
                                        " cannot be verified: ", DoubtWords(result.tls->doubts)));
  }
  if (result.failure.has_value()) {
    return DescribeStreamEnd(*result.failure, expected.shown, expected.timeout,
                             result.first_byte.ns > 0);
  }
  if (!result.not_http.empty() || !result.answer.has_value()) {
    return MakeObservation(State::kCritical, "BAD_ANSWER",
                           absl::StrCat(expected.shown, " answers, but not in HTTP: ",
                                        CleanText(result.not_http, 200)));
  }
  return JudgeAnswer(expected, *result.answer);
}

void AddEvidence(const HttpExpectation& expected, const host::HttpResult& result,
                 Observation* out) {
  const auto say = [out](std::string text) { out->evidence.push_back({std::move(text), {}}); };
  if (result.answer.has_value()) {
    const host::HttpAnswer& answer = *result.answer;
    if (const std::optional<AppError> error = DatabaseErrorOf(answer.body); error.has_value()) {
      say(absl::StrCat("the application's database error: ", error->number,
                       error->text.empty() ? "" : " ", error->text));
    }
    if (out->reason == "TLS_FAILED") say(Said(expected, answer));
    if (const std::string snippet = BodySnippet(answer.body); !snippet.empty()) {
      say(absl::StrCat("its body: ", snippet));
    }
    if (const std::string server = HeaderText(answer.server); !server.empty()) {
      say(absl::StrCat("answered by ", server));
    }
  }
  if (result.times.connect.ns > 0) {
    std::string took = absl::StrCat("connected in ", Milliseconds(result.times.connect));
    if (result.times.tls.ns > 0) {
      absl::StrAppend(&took, ", TLS handshake ", Milliseconds(result.times.tls));
    }
    if (result.first_byte.ns > 0) {
      absl::StrAppend(&took, ", first byte after ", Milliseconds(result.first_byte));
    }
    say(absl::StrCat(took, ", ended after ", Milliseconds(result.total)));
  }
}

void AddHttpGauges(const HttpExpectation& expected, const host::HttpResult& result,
                   Observation* out) {
  auto& gauges = out->gauges;
  if (result.answer.has_value()) {
    gauges.push_back({"http_status_code", static_cast<double>(result.answer->status)});
    if (expected.body != nullptr) {
      const bool matches = RE2::PartialMatch(result.answer->body, *expected.body);
      gauges.push_back({"http_body_matches", matches ? 1.0 : 0.0});
    }
  }
  if (result.total.ns > 0) gauges.push_back({"http_duration_seconds", result.total.seconds()});
  if (result.times.connect.ns > 0) {
    gauges.push_back({"http_connect_duration_seconds", result.times.connect.seconds()});
  }
  if (result.times.tls.ns > 0) {
    gauges.push_back({"http_tls_duration_seconds", result.times.tls.seconds()});
  }
  if (!result.tls.has_value()) return;
  gauges.push_back({"http_tls_verified", result.tls->doubts.empty() ? 1.0 : 0.0});
  if (const auto served = ParseCertificates(result.tls->chain, {}); served.ok()) {
    gauges.push_back(TimestampGauge("certificate_not_after_timestamp_seconds", served->not_after));
  }
}

}  // namespace

HttpVerdict JudgeHttp(const HttpExpectation& expected, const host::HttpResult& result,
                      bool slow_before) {
  HttpVerdict verdict;
  Observation& out = verdict.observation;
  out = JudgeResult(expected, result);
  verdict.slow =
      out.state == State::kOk && expected.slow.has_value() && result.total > *expected.slow;
  if (verdict.slow && slow_before) {
    out.state = State::kWarning;
    out.reason = "SLOW";
    absl::StrAppend(&out.detail, ", but after ", Milliseconds(result.total), "; more than ",
                    FormatSpan(*expected.slow), " is slow");
  }
  if (out.state != State::kOk) AddEvidence(expected, result, &out);
  AddHttpGauges(expected, result, &out);
  return verdict;
}

void CountOnlyAnswers(Observation* seen) {
  const bool is_answer = seen->reason == "STATUS_OTHER" || seen->reason == "BODY_MISMATCH";
  if (seen->state != State::kCritical || is_answer) return;
  seen->evidence.insert(seen->evidence.begin(), {seen->detail, {}});
  *seen = CouldNotLook("CANNOT_ASK", absl::StrCat("the application cannot be asked (", seen->reason,
                                                  "): ", seen->detail));
}

}  // namespace faultline::checks
