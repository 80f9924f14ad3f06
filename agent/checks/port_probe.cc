#include "agent/checks/port_probe.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/port_words.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

// While silence lasts: a new source port now and then.
constexpr int kLooksPerAttempt = 10;

std::string RightMissing(const std::string& target, bool mysql) {
  return absl::StrCat(
      "no right for half-open probes of ", target,
      mysql ? ", and plain connects would lock this host out of MySQL" : "",
      "; give the agent CAP_NET_RAW (AmbientCapabilities= in its unit, or setcap cap_net_raw+ep)");
}

// Told by this host's own tables or for want of its resources: no packet went out.
bool IsFromHere(const host::TcpAnswer& answer) {
  switch (answer.kind) {
    case host::TcpAnswerKind::kCannotProbe:
      return true;
    case host::TcpAnswerKind::kNetUnreachable:
    case host::TcpAnswerKind::kAdminProhibited:
      return !answer.by_icmp;
    default:
      return false;
  }
}

}  // namespace

PortProbe::PortProbe(PortOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      target_(
          context.loop, options_.endpoint.host,
          [this](const host::IpAddress& address) { Aim(address); }, [this] { Look(); }),
      pacing_(options_.loss_percent) {}

void PortProbe::Start() {
  interval_timer_ = context_.loop.Every(options_.interval, options_.interval, [this] { Look(); });
  target_.Start();
}

void PortProbe::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  Look();
}

void PortProbe::Aim(const host::IpAddress& address) {
  under_way_ = false;
  deadline_timer_.reset();
  hint_.reset();
  silent_looks_ = 0;
  pacing_ = ProbePacing(options_.loss_percent);
  prober_.reset();
  endpoint_ = host::FormatEndpoint(address, options_.endpoint.port);
  context_.sink.Resolved(address.ToString(), options_.endpoint.port);
}

absl::Status PortProbe::OpenProber() {
  const uint16_t port = options_.endpoint.port;
  const auto on_answer = [this](const host::TcpAnswer& answer) { OnAnswer(answer); };
  if (options_.way != ProbeWay::kConnect) {
    auto half_open = host::MakeHalfOpenProber(context_.loop, target_.address(), port, on_answer);
    if (half_open.ok()) {
      prober_ = *std::move(half_open);
      return absl::OkStatus();
    }
    if (options_.way == ProbeWay::kHalfOpen || IsMySqlPort(port)) return half_open.status();
  }
  prober_ = host::MakeConnectProber(context_.loop, target_.address(), port, on_answer);
  return absl::OkStatus();
}

void PortProbe::Look() {
  if (under_way_) return;
  if (target_.failure().has_value()) return Finish(DnsFailed(*target_.failure()));
  if (target_.address().family == AF_UNSPEC) {
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
  deadline_timer_ = context_.loop.After(pacing_.Wait(), [this] { OnDeadline(); });
}

void PortProbe::OnAnswer(const host::TcpAnswer& answer) {
  if (!under_way_ && silent_looks_ == 0) return;
  const MonoTime now = context_.clock.Mono();
  if (!SettlesAtOnce(answer)) {
    hint_ = answer;
    hint_at_ = now;
    return;
  }
  if (IsFromHere(answer)) {
    pacing_.OnSettledHere();
    return Finish(DescribeAnswer(answer, options_.target, endpoint_, std::nullopt));
  }
  const std::optional<Span> took = pacing_.OnAnswer(now);
  Observation seen = DescribeAnswer(answer, options_.target, endpoint_, took);
  DescribeLoss(pacing_.loss(), "probe_packet_loss_ratio", &seen);
  Finish(std::move(seen));
  // Routers and firewalls send few of these a second: they explain the silences in between too.
  if (answer.by_icmp) {
    hint_ = answer;
    hint_at_ = now;
  }
}

void PortProbe::OnDeadline() {
  if (const std::optional<host::TcpAnswer> answer = prober_->Poll(); answer.has_value()) {
    OnAnswer(*answer);
    if (!under_way_) return;
  }
  switch (pacing_.OnSilence(context_.clock.Mono())) {
    case ProbePacing::Step::kSendAgain:
      return Send();
    case ProbePacing::Step::kMissing:
      return ConcludeSilence();
    case ProbePacing::Step::kStarved:
      return Finish(CouldNotLook("AGENT_STARVED", kStarvedText));
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
  if (was_ok_ && !ok) target_.ResolveAgain();
  was_ok_ = ok;
  if (options_.expect_closed) observation = ExpectClosed(std::move(observation));
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
