#include "agent/checks/http_probe.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

constexpr int64_t kMaxPatternMemory = 1 << 20;
// Silence counts when it comes twice; a pause of our own does not count, but does not go on for
// ever either.
constexpr int kTimeouts = 2;
constexpr int kMaxPauses = 3;
// After a page has failed: an application that was restarted is soon back.
constexpr Span kOftenWhileBroken = Span::Seconds(1);
// How long a server may serve what the file of `ca` held before: as long as the certificate check
// gives it by itself.
constexpr Span kReloadGrace = Span::Seconds(60);
constexpr Span kBrokenOftenFor = Span::Seconds(60);

std::unique_ptr<RE2> Compile(const std::string& pattern) {
  if (pattern.empty()) return nullptr;
  RE2::Options options(RE2::Latin1);  // bytes: a body need not be UTF-8
  options.set_max_mem(kMaxPatternMemory);
  options.set_log_errors(false);
  return std::make_unique<RE2>(pattern, options);
}

}  // namespace

HttpProbe::HttpProbe(HttpOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      endpoint_(options_.connect_to.value_or(host::HostPort{options_.url.host, options_.url.port})),
      body_(Compile(options_.body)),
      lookup_(context.loop, context.clock, endpoint_.host),
      trust_(options_.ca) {
  expected_.shown = options_.target;
  expected_.host = options_.url.host;
  expected_.verify = options_.verify;
  expected_.redirect_to_https = options_.redirect_to_https;
  expected_.statuses = options_.statuses;
  expected_.body = body_.get();
  expected_.timeout = options_.timeout;
  expected_.slow = options_.slow;
}

void HttpProbe::Start() {
  interval_timer_ = context_.loop.Every(options_.interval, options_.interval, [this] { Look(); });
  Look();
}

void HttpProbe::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  Look();
}

void HttpProbe::Look() {
  if (under_way_) return;
  under_way_ = true;
  timeouts_ = 0;
  pauses_ = 0;
  lookup_.Get([this](const absl::StatusOr<host::IpAddress>& address) {
    if (!address.ok()) return OnNoAddress(address.status());
    Aim(*address);
    Ask();
  });
}

void HttpProbe::Aim(const host::IpAddress& address) {
  if (address == address_) return;
  address_ = address;
  const std::string endpoint = host::FormatEndpoint(address, endpoint_.port);
  expected_.shown = absl::StrCat(options_.target, " (at ", endpoint, ")");
  // What is behind the application is somewhere else.
  if (!options_.only_answers) context_.sink.Resolved(address.ToString(), endpoint_.port);
}

void HttpProbe::Ask() {
  host::HttpRequest request;
  request.target = {address_, endpoint_.port, options_.timeout};
  request.host = options_.url.authority;
  request.path = options_.url.path;
  if (options_.url.tls) {
    request.tls =
        host::TlsSettings{.server_name = options_.url.host,
                          .ca = options_.ca,
                          .also_trusted = trust_.Former(context_.clock.Mono(), kReloadGrace),
                          .alpn = "http/1.1"};
  }
  exchange_ = host::HttpFetch(context_.loop, request,
                              [this](const host::HttpResult& result) { OnResult(result); });
}

void HttpProbe::OnResult(const host::HttpResult& result) {
  exchange_.reset();
  if (result.failure.has_value() && result.failure->kind == host::StreamEndKind::kTimeout) {
    if (result.failure->paused && ++pauses_ <= kMaxPauses) return Ask();
    if (++timeouts_ < kTimeouts) return Ask();
  }
  HttpVerdict verdict = JudgeHttp(expected_, result, was_slow_);
  was_slow_ = verdict.slow;
  if (timeouts_ >= kTimeouts) {
    verdict.observation.evidence.insert(verdict.observation.evidence.begin(),
                                        {"asked twice in a row, neither ended in time", {}});
  }
  Report(std::move(verdict.observation));
}

void HttpProbe::OnNoAddress(const absl::Status& status) {
  Observation failed;
  failed.state = State::kCritical;
  failed.reason = "DNS_FAILED";
  failed.detail = std::string(status.message());
  Report(std::move(failed));
}

// Between two looks of the interval, while it has not been broken for long.
void HttpProbe::ScheduleSoon(State state) {
  soon_.reset();
  if (state == State::kOk || state == State::kWarning) {
    broken_since_.reset();
    return;
  }
  const MonoTime now = context_.clock.Mono();
  if (!broken_since_) broken_since_ = now;
  if (now - *broken_since_ >= kBrokenOftenFor || options_.interval <= kOftenWhileBroken) return;
  soon_ = context_.loop.After(kOftenWhileBroken, [this] { Look(); });
}

void HttpProbe::Report(Observation observation) {
  under_way_ = false;
  if (options_.only_answers) CountOnlyAnswers(&observation);
  const bool ok = observation.state == State::kOk;
  ScheduleSoon(observation.state);
  // The name may point elsewhere by now.
  if (was_ok_ && !ok) lookup_.Expire();
  was_ok_ = ok;
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
