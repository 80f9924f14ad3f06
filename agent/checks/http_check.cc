// Declaration of the check `http`.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/check.h"
#include "agent/checks/http_probe.h"
#include "agent/checks/registry.h"

namespace faultline::checks {

const CheckKind& HttpCheckKind();

namespace {

absl::Status ValidateConnection(const config::CheckConfig& check, const HttpUrl& url) {
  const CheckKind& kind = HttpCheckKind();
  if (const std::string to = StringOption(check, kind, "connect_to"); !to.empty()) {
    if (const auto endpoint = host::ParseHostPort(to); !endpoint.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("connect_to: ", std::string(endpoint.status().message())));
    }
  }
  const std::string ca = StringOption(check, kind, "ca");
  if (!ca.empty() && ca[0] != '/') {
    return absl::InvalidArgumentError(absl::StrCat("ca: \"", ca, "\" is not an absolute path"));
  }
  if (!ca.empty() && !url.tls)
    return absl::InvalidArgumentError("ca: an http:// target has no TLS; remove it");
  const Span slow = DurationOption(check, kind, "slow");
  const Span timeout = DurationOption(check, kind, "timeout");
  if (slow >= timeout) {
    return absl::InvalidArgumentError(absl::StrCat("slow: ", FormatSpan(slow),
                                                   " is not less than timeout (",
                                                   FormatSpan(timeout), "); write less"));
  }
  return absl::OkStatus();
}

absl::Status ValidateAnswer(const config::CheckConfig& check, const HttpUrl& url) {
  const CheckKind& kind = HttpCheckKind();
  if (const auto statuses = ParseStatuses(StringListOption(check, kind, "status"));
      !statuses.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("status: ", std::string(statuses.status().message())));
  }
  const std::string body = StringOption(check, kind, "body");
  RE2::Options quiet(RE2::Latin1);
  quiet.set_log_errors(false);
  if (const RE2 pattern(body, quiet); !pattern.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("body: not a pattern of RE2: ", pattern.error()));
  }
  if (!BoolOption(check, kind, "redirect_to_https")) return absl::OkStatus();
  if (url.tls) {
    return absl::InvalidArgumentError(
        "redirect_to_https: the target is https:// already; write it as http://");
  }
  if (check.options.count("status") != 0 || !body.empty()) {
    return absl::InvalidArgumentError(
        "redirect_to_https: says which status is expected; remove `status` and `body`");
  }
  return absl::OkStatus();
}

absl::Status ValidateHttp(const config::CheckConfig& check) {
  const absl::StatusOr<HttpUrl> url = ParseHttpUrl(check.id.target);
  if (!url.ok())
    return absl::InvalidArgumentError(
        absl::StrCat("target: ", std::string(url.status().message())));
  if (absl::Status valid = ValidateConnection(check, *url); !valid.ok()) return valid;
  return ValidateAnswer(check, *url);
}

std::unique_ptr<Check> MakeHttpCheck(const config::CheckConfig& check,
                                     const CheckContext& context) {
  const CheckKind& kind = HttpCheckKind();
  HttpOptions options;
  options.target = check.id.target;
  if (auto url = ParseHttpUrl(check.id.target); url.ok()) options.url = *std::move(url);
  if (auto to = host::ParseHostPort(StringOption(check, kind, "connect_to")); to.ok()) {
    options.connect_to = *std::move(to);
  }
  if (auto statuses = ParseStatuses(StringListOption(check, kind, "status")); statuses.ok()) {
    options.statuses = *std::move(statuses);
  }
  options.body = StringOption(check, kind, "body");
  options.redirect_to_https = BoolOption(check, kind, "redirect_to_https");
  options.only_answers = BoolOption(check, kind, "only_answers");
  options.verify = BoolOption(check, kind, "verify");
  options.ca = StringOption(check, kind, "ca");
  options.interval = IntervalOf(check, kind);
  options.timeout = DurationOption(check, kind, "timeout");
  if (const Span slow = DurationOption(check, kind, "slow"); slow.ns > 0) options.slow = slow;
  return std::make_unique<HttpProbe>(std::move(options), context);
}

std::vector<OptionDeclaration> DeclareHttpOptions() {
  constexpr int64_t kMinTimeout = Span::Millis(100).ns;
  constexpr int64_t kMaxTimeout = Span::Seconds(60).ns;
  return {
      {.name = "connect_to",
       .type = OptionType::kString,
       .help = "The host:port to connect to instead of the URL's, as 127.0.0.1:443; SNI and the "
               "Host header stay the URL's."},
      {.name = "status",
       .type = OptionType::kStringList,
       .default_value = "[200]",
       .help = "Expected statuses: numbers and ranges, as 200 or [200-204, 401]."},
      {.name = "body",
       .type = OptionType::kString,
       .help = "A pattern (RE2) that the first 64 KiB of the body must match somewhere."},
      {.name = "redirect_to_https",
       .type = OptionType::kBool,
       .default_value = "false",
       .help = "Expect a redirect (301, 302, 307, 308) to https:// on the same host."},
      {.name = "only_answers",
       .type = OptionType::kBool,
       .default_value = "false",
       .help = "For a page that tells of something behind it, as /db-check of the database: what "
               "keeps it from being asked (no connection, 502, 504) is UNKNOWN, CANNOT_ASK."},
      {.name = "slow",
       .type = OptionType::kDuration,
       .help = "WARNING when two answers in a row took longer, from the connection's first packet "
               "to the body's end.",
       .min = Span::Millis(1).ns,
       .max = kMaxTimeout},
      {.name = "timeout",
       .type = OptionType::kDuration,
       .default_value = "5s",
       .help = "Deadline of everything, from the connection's first packet to the body's end.",
       .min = kMinTimeout,
       .max = kMaxTimeout},
      {.name = "verify",
       .type = OptionType::kBool,
       .default_value = "true",
       .help = "Whether a certificate that cannot be verified is an error."},
      {.name = "ca",
       .type = OptionType::kString,
       .help = "PEM file of the only authorities to trust, read at each look; without it the "
               "system's. For a minute after it changes, what it held before is trusted as well: "
               "the server may not have been reloaded yet."}};
}

std::vector<ReasonDeclaration> DeclareHttpReasons() {
  return {
      {"STATUS_502", "CRITICAL: the proxy does not reach the application."},
      {"STATUS_504", "CRITICAL: the application does not answer the proxy in time."},
      {"STATUS_OTHER", "CRITICAL: another status than expected; the detail has its number."},
      {"NO_HTTPS_REDIRECT", "CRITICAL, with `redirect_to_https`: no redirect to https:// there."},
      {"BODY_MISMATCH", "CRITICAL: the body does not match `body`."},
      {"BAD_ANSWER", "CRITICAL: what answers is no HTTP, or its header is larger than 16 KiB."},
      {"TLS_FAILED",
       "CRITICAL: no TLS handshake, or (with `verify`) a certificate that cannot be verified."},
      {"TIMEOUT",
       "CRITICAL: nothing within `timeout`, twice in a row. The detail says what was waited for: "
       "connection, handshake, answer, its end."},
      {"REFUSED", "CRITICAL: the connection is refused."},
      {"RESET", "CRITICAL: reset or closed before the answer was complete."},
      {"HOST_UNREACHABLE", "CRITICAL: ICMP or the link says that the host is not there."},
      {"NET_UNREACHABLE", "CRITICAL: no route."},
      {"ADMIN_PROHIBITED", "CRITICAL: a firewall or a route of this host prohibits it."},
      {"DNS_FAILED", "CRITICAL: the name does not resolve; two tries where no server answers."},
      {"SLOW", "WARNING: right, but slower than `slow`, twice in a row."},
      {"CANNOT_ASK", "UNKNOWN, with `only_answers`: the application could not be asked."},
      {"CA_UNREADABLE", "UNKNOWN: the file of `ca` cannot be used."},
      {"CANNOT_PROBE", "UNKNOWN: this process cannot open or use a socket."}};
}

CheckKind DeclareHttp() {
  CheckKind kind;
  kind.kind = "http";
  kind.help =
      "Whether a URL answers as it should: one GET at each interval, and every second in the first "
      "minute of a failure, on a new connection, without following redirects. Of an answer at most "
      "16 KiB of header and 64 KiB of body are read; the "
      "body of an error is evidence, with the application's database error where it says one.";
  kind.target_help = "a URL, as in https://app.example/db-check or http://127.0.0.1:8080/";
  kind.rights = "None. To read the file of `ca`, where one is given.";
  kind.default_interval = Span::Seconds(5);
  kind.min_interval = Span::Seconds(1);
  kind.options = DeclareHttpOptions();
  kind.reasons = DeclareHttpReasons();
  kind.gauges = {
      {"http_status_code", "Status code of the answer."},
      {"http_duration_seconds",
       "How long the page took, from the connection's first packet to the body's end."},
      {"http_connect_duration_seconds", "How long the page's TCP connection took."},
      {"http_tls_duration_seconds", "How long the page's TLS handshake took."},
      {"http_tls_verified",
       "1 when the served chain is trusted here and covers the name, also where `verify` "
       "is off; absent without TLS."},
      {"http_body_matches", "1 when the page matches the option `body`; absent without it."},
      {"certificate_not_after_timestamp_seconds",
       "When the page's served certificate ends, in seconds since 1970."}};
  kind.validate = &ValidateHttp;
  kind.make = &MakeHttpCheck;
  return kind;
}

}  // namespace

const CheckKind& HttpCheckKind() {
  static const CheckKind kKind = DeclareHttp();
  return kKind;
}

}  // namespace faultline::checks
