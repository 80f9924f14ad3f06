#include "agent/checks/ping_probe.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/ping_words.h"
#include "agent/checks/stamp.h"
#include "agent/host/position_file.h"

namespace faultline::checks {

PingProbe::PingProbe(PingOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      target_(
          context.loop, options_.target, [this](const host::IpAddress& address) { Aim(address); },
          [this] { Look(); }),
      pacing_(options_.loss_percent) {}

void PingProbe::Start() {
  interval_timer_ = context_.loop.Every(options_.interval, options_.interval, [this] { Look(); });
  target_.Start();
}

void PingProbe::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  Look();
}

void PingProbe::Aim(const host::IpAddress& address) {
  under_way_ = false;
  deadline_timer_.reset();
  hint_.reset();
  silent_looks_ = 0;
  pacing_ = ProbePacing(options_.loss_percent);
  echo_.reset();
  address_ = address.ToString();
  ever_answered_ = host::LoadPosition(options_.memory_path) == address_;
  context_.sink.Resolved(address_, 0);
}

void PingProbe::Look() {
  if (under_way_) return;
  if (target_.failure().has_value()) return Finish(DnsFailed(*target_.failure()));
  if (target_.address().family == AF_UNSPEC) {
    // The first resolution has its own bounds and looks when it ends.
    if (waiting_.empty()) return;
    return Finish(CouldNotLook("RESOLVING", absl::StrCat("still resolving ", options_.target)));
  }
  if (echo_ == nullptr && !Open()) return;
  under_way_ = true;
  Send();
}

bool PingProbe::Open() {
  auto echo = host::OpenIcmpEcho(context_.loop, target_.address(),
                                 [this](const host::EchoAnswer& answer) { OnAnswer(answer); });
  if (echo.ok()) {
    echo_ = *std::move(echo);
    return true;
  }
  if (absl::IsPermissionDenied(echo.status())) {
    Finish(CouldNotLook("RIGHT_MISSING",
                        "no right to send pings; give the agent CAP_NET_RAW (AmbientCapabilities= "
                        "in its unit), or let its group in by sysctl net.ipv4.ping_group_range"));
  } else {
    Finish(CouldNotLook("CANNOT_PROBE", std::string(echo.status().message())));
  }
  return false;
}

void PingProbe::Send() {
  const MonoTime now = context_.clock.Mono();
  pacing_.OnSent(now);
  deadline_timer_ = context_.loop.After(pacing_.Wait(), [this] { OnDeadline(); });
  const std::optional<host::EchoAnswer> answer = echo_->Send(now);
  if (answer.has_value()) OnAnswer(*answer);
}

void PingProbe::OnAnswer(const host::EchoAnswer& answer) {
  if (answer.kind == host::EchoAnswerKind::kReply) return OnReply(answer);
  if (!pacing_.Covers(answer.sent)) return;
  if (!SettlesAtOnce(answer)) {
    hint_ = answer;
    hint_at_ = context_.clock.Mono();
    return;
  }
  pacing_.OnSettledHere();
  Finish(DescribeNoReply(answer, options_.target, address_));
}

void PingProbe::OnReply(const host::EchoAnswer& reply) {
  const MonoTime now = context_.clock.Mono();
  if (!pacing_.Covers(reply.sent)) return pacing_.OnLateAnswer(now, reply.sent);
  RememberThatItAnswers();
  const bool measured = pacing_.OnAnswer(now, reply.sent).has_value();
  Observation seen = DescribeReply(options_.target, address_,
                                   measured ? std::optional<Span>(now - reply.sent) : std::nullopt);
  DescribeLoss(pacing_.loss(), "ping_packet_loss_ratio", &seen);
  Finish(std::move(seen));
}

void PingProbe::OnDeadline() {
  echo_->Poll();
  if (!under_way_) return;
  switch (pacing_.OnSilence(context_.clock.Mono())) {
    case ProbePacing::Step::kSendAgain:
      return Send();
    case ProbePacing::Step::kMissing:
      return ConcludeSilence();
    case ProbePacing::Step::kStarved:
      return Finish(CouldNotLook("AGENT_STARVED", kStarvedText));
  }
}

void PingProbe::ConcludeSilence() {
  const MonoTime now = context_.clock.Mono();
  if (hint_.has_value() && now - hint_at_ > kHintHolds) hint_.reset();
  PingSilence silence;
  silence.misses = pacing_.misses();
  silence.over = now - pacing_.first_missed();
  silence.usual = pacing_.usual();
  silence.ever_answered = ever_answered_;
  silence.hint = hint_.has_value() ? &*hint_ : nullptr;
  Observation missing = DescribePingSilence(silence, options_.target, address_);
  missing.since = context_.clock.Now() - silence.over;
  ++silent_looks_;
  Report(std::move(missing));
}

void PingProbe::RememberThatItAnswers() {
  if (ever_answered_) return;
  ever_answered_ = true;
  // Where it cannot be written, the next start of the agent has to see an answer first.
  host::SavePosition(options_.memory_path, address_).IgnoreError();
}

void PingProbe::Finish(Observation observation) {
  silent_looks_ = 0;
  hint_.reset();
  Report(std::move(observation));
}

void PingProbe::Report(Observation observation) {
  under_way_ = false;
  deadline_timer_.reset();
  const bool ok = observation.state == State::kOk;
  if (was_ok_ && !ok) target_.ResolveAgain();
  was_ok_ = ok;
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
