#include "agent/checks/port_probe.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/port_words.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

constexpr Span kMinResolveInterval = Span::Seconds(5);
constexpr Span kMaxResolveInterval = Span::Seconds(60);
constexpr Span kResolveRetry = Span::Seconds(1);
constexpr int kDnsSilences = 2;
// A deadline that is noticed this late means that we were paused, not the target.
constexpr Span kPaused = Span::Millis(250);
// While silence lasts: a new source port now and then, and how long a hint explains it (ICMP errors
// are rate-limited where they come from).
constexpr int kLooksPerAttempt = 10;
constexpr Span kHintHolds = Span::Seconds(10);

std::string RightMissing(const std::string& target, bool mysql) {
  return absl::StrCat(
      "no right for half-open probes of ", target,
      mysql ? ", and plain connects would lock this host out of MySQL" : "",
      "; give the agent CAP_NET_RAW (AmbientCapabilities= in its unit, or setcap cap_net_raw+ep)");
}

}  // namespace

bool IsMySqlPort(uint16_t port) { return port == 3306 || port == 33060; }

PortProbe::PortProbe(PortOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      numeric_(host::ParseIpAddress(options_.endpoint.host)) {}

void PortProbe::Start() {
  interval_timer_ = context_.loop.Every(options_.interval, options_.interval, [this] { Look(); });
  if (numeric_.has_value()) {
    Aim(*numeric_);
    Look();
  } else {
    StartResolving();
  }
}

void PortProbe::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  Look();
}

void PortProbe::StartResolving() {
  resolve_timer_.reset();
  resolution_ = host::Resolve(context_.loop, options_.endpoint.host,
                              [this](const auto& resolved) { OnResolved(resolved); });
}

void PortProbe::OnResolved(const absl::StatusOr<host::Resolved>& resolved) {
  Span again = kResolveRetry;
  if (resolved.ok()) {
    again = std::clamp(resolved->ttl, kMinResolveInterval, kMaxResolveInterval);
    dns_failures_ = 0;
    const bool look = dns_failed_.has_value() || address_.family == AF_UNSPEC;
    dns_failed_.reset();
    // An address that is still among the answers is kept: round robin is no change.
    const auto& addresses = resolved->addresses;
    if (std::find(addresses.begin(), addresses.end(), address_) == addresses.end()) {
      Aim(addresses.front());
    }
    if (look) Look();
  } else {
    ++dns_failures_;
    if (absl::IsNotFound(resolved.status()) || dns_failures_ >= kDnsSilences) {
      Observation failed;
      failed.state = State::kCritical;
      failed.reason = "DNS_FAILED";
      failed.detail = std::string(resolved.status().message());
      dns_failed_ = std::move(failed);
      Look();
    }
  }
  resolve_timer_ = context_.loop.After(again, [this] { StartResolving(); });
}

void PortProbe::Aim(const host::IpAddress& address) {
  under_way_ = false;
  deadline_timer_.reset();
  hint_.reset();
  silent_looks_ = 0;
  pacing_ = ProbePacing();
  prober_.reset();
  address_ = address;
  endpoint_ = host::FormatEndpoint(address, options_.endpoint.port);
  context_.sink.Resolved(address.ToString(), options_.endpoint.port);
}

absl::Status PortProbe::OpenProber() {
  const uint16_t port = options_.endpoint.port;
  const auto on_answer = [this](const host::TcpAnswer& answer) { OnAnswer(answer); };
  if (options_.way != ProbeWay::kConnect) {
    auto half_open = host::MakeHalfOpenProber(context_.loop, address_, port, on_answer);
    if (half_open.ok()) {
      prober_ = *std::move(half_open);
      return absl::OkStatus();
    }
    if (options_.way == ProbeWay::kHalfOpen || IsMySqlPort(port)) return half_open.status();
  }
  prober_ = host::MakeConnectProber(context_.loop, address_, port, on_answer);
  return absl::OkStatus();
}

void PortProbe::Look() {
  if (under_way_) return;
  if (dns_failed_.has_value()) return Finish(*dns_failed_);
  if (address_.family == AF_UNSPEC) {
    // The first resolution has its own bounds and looks when it ends.
    if (waiting_.empty()) return;
    return Finish(CouldNotLook("RESOLVING", absl::StrCat("still resolving ", options_.target)));
  }
  if (prober_ == nullptr) {
    if (absl::Status opened = OpenProber(); !opened.ok()) {
      if (absl::IsPermissionDenied(opened)) {
        return Finish(CouldNotLook(
            "RIGHT_MISSING", RightMissing(options_.target, IsMySqlPort(options_.endpoint.port))));
      }
      return Finish(CouldNotLook("CANNOT_PROBE", std::string(opened.message())));
    }
  }
  under_way_ = true;
  if (silent_looks_ % kLooksPerAttempt == 0) prober_->End();
  Send();
}

void PortProbe::Send() {
  const MonoTime now = context_.clock.Mono();
  const std::optional<host::TcpAnswer> answer = prober_->Send();
  pacing_.OnSent(now);
  ExpectAnswer();
  if (answer.has_value()) OnAnswer(*answer);
}

void PortProbe::ExpectAnswer() {
  deadline_ = context_.clock.Mono() + pacing_.Wait();
  deadline_timer_ = context_.loop.After(pacing_.Wait(), [this] { OnDeadline(); });
}

void PortProbe::OnAnswer(const host::TcpAnswer& answer) {
  if (!under_way_ && silent_looks_ == 0) return;
  if (!SettlesAtOnce(answer)) {
    hint_ = answer;
    hint_at_ = context_.clock.Mono();
    return;
  }
  const Span took = pacing_.OnAnswer(context_.clock.Mono());
  Finish(DescribeAnswer(answer, options_.target, endpoint_, took));
}

void PortProbe::OnDeadline() {
  const MonoTime now = context_.clock.Mono();
  if (const std::optional<host::TcpAnswer> answer = prober_->Poll(); answer.has_value()) {
    OnAnswer(*answer);
    if (!under_way_) return;
  }
  if (now - deadline_ > kPaused) return Send();
  switch (pacing_.OnSilence(now)) {
    case ProbePacing::Step::kSendAgain:
      return Send();
    case ProbePacing::Step::kMissing:
      return ConcludeSilence();
  }
}

void PortProbe::ConcludeSilence() {
  const MonoTime now = context_.clock.Mono();
  if (hint_.has_value() && now - hint_at_ > kHintHolds) hint_.reset();
  Silence silence;
  silence.misses = pacing_.misses();
  silence.over = now - pacing_.first_missed();
  silence.usual = pacing_.usual();
  silence.hint = hint_.has_value() ? &*hint_ : nullptr;
  Observation missing = DescribeSilence(silence, options_.target, endpoint_);
  missing.since = context_.clock.Now() - silence.over;
  ++silent_looks_;
  Report(std::move(missing));
}

void PortProbe::Finish(Observation observation) {
  silent_looks_ = 0;
  hint_.reset();
  if (prober_ != nullptr) prober_->End();
  Report(std::move(observation));
}

void PortProbe::Report(Observation observation) {
  under_way_ = false;
  deadline_timer_.reset();
  const bool ok = observation.state == State::kOk;
  // A name may point elsewhere by now: a failover is seen at once, not when the old answer expires.
  if (was_ok_ && !ok && !numeric_.has_value() && !dns_failed_.has_value()) StartResolving();
  was_ok_ = ok;
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
