// What a connection does with the collector's messages. The collector has shown its certificate,
// but what it says is bounded all the same.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/link/connection.h"

namespace faultline::link {
namespace {

constexpr Span kMinHeartbeat = Span::Millis(100);
constexpr Span kMaxHeartbeat = Span::Seconds(300);
constexpr size_t kBatchBytes = 64 << 10;
constexpr size_t kDefaultMessageBytes = 1 << 20;
// One record of the spool's largest size and its wrapping fit.
constexpr size_t kLeastMessageBytes = 128 << 10;
constexpr int kMaxPositions = 16;
// Numbers that the collector may know beyond ours, after the spool's files were lost.
constexpr uint64_t kMaxAhead = 100'000'000;
constexpr int kMaxAskedChecks = 10'000;
constexpr int kMaxLooksPerSecond = 50;

bool StreamIndex(faultline::v1::Stream stream, size_t* index) {
  if (stream == faultline::v1::STREAM_TRANSITIONS) {
    *index = 0;
  } else if (stream == faultline::v1::STREAM_LOG_EVENTS) {
    *index = 1;
  } else {
    return false;
  }
  return true;
}

constexpr faultline::v1::Stream kStreamOf[] = {faultline::v1::STREAM_TRANSITIONS,
                                               faultline::v1::STREAM_LOG_EVENTS};

}  // namespace

void Connection::OnWelcome(const faultline::v1::Welcome& welcome) {
  if (state_ != State::kConnecting) return Complain("sent a second welcome; ignored");
  if (welcome.acknowledged_size() > kMaxPositions) return Fail("its welcome is malformed");
  for (const faultline::v1::StreamPosition& position : welcome.acknowledged()) {
    size_t index = 0;
    if (!StreamIndex(position.stream(), &index)) continue;  // a newer collector's stream
    const uint64_t last = context_.spool.last_seq(position.stream());
    if (position.seq() > last && position.seq() - last > kMaxAhead) {
      Complain(absl::StrCat("acknowledges number ", position.seq(), ", our last is ", last,
                            "; ignored"));
      continue;
    }
    if (position.seq() > last) {
      Complain(absl::StrCat("knows this spool up to number ", position.seq(), ", our last is ",
                            last, ": files of the spool were lost; going on above it"));
    }
    context_.spool.Acknowledge(position.stream(), position.seq());
  }
  for (size_t i = 0; i < kStreams; ++i) sent_[i] = context_.spool.acknowledged(kStreamOf[i]);

  interval_ = Span{welcome.heartbeat_interval_ns()};
  if (interval_ < kMinHeartbeat || interval_ > kMaxHeartbeat) {
    Complain(absl::StrCat("asks for a heartbeat every ", FormatSpan(interval_),
                          ", outside 100ms to 5m; bounded"));
    interval_ = std::clamp(interval_, kMinHeartbeat, kMaxHeartbeat);
  }
  max_message_bytes_ =
      welcome.max_message_bytes() == 0 ? kDefaultMessageBytes : welcome.max_message_bytes();
  max_message_bytes_ = std::max(max_message_bytes_, kLeastMessageBytes);
  max_batch_bytes_ = std::min(kBatchBytes, max_message_bytes_);

  state_ = State::kLive;
  welcomed_ = true;
  welcomed_at_ = context_.clock.Mono();
  deadline_.Cancel();
  // The outbox opens before the snapshot is taken: what changes after it is in the outbox.
  context_.outbox.Open();
  QueueSnapshot();
  // What changed while the hello was under way.
  TellHostFacts();
  last_echo_ = heartbeat_expected_ = welcomed_at_;
  owner_.OnWelcomed();
  OnHeartbeatTimer();
}

void Connection::OnAck(const faultline::v1::Ack& ack) {
  if (ack.positions_size() > kMaxPositions) return Complain("sent a malformed ack; ignored");
  for (const faultline::v1::StreamPosition& position : ack.positions()) {
    size_t index = 0;
    if (!StreamIndex(position.stream(), &index)) continue;
    if (position.seq() > sent_[index]) {
      Complain(absl::StrCat("acknowledges number ", position.seq(), ", sent were only ",
                            sent_[index], "; ignored"));
      continue;
    }
    context_.spool.Acknowledge(position.stream(), position.seq());
  }
}

void Connection::OnEcho(const faultline::v1::HeartbeatEcho& echo) {
  if (echo.number() == 0 || echo.number() > heartbeats_ || echo.number() <= echoed_) {
    return Complain("answers a heartbeat that was not sent; ignored");
  }
  echoed_ = echo.number();
  echo_received_ = context_.clock.Now();
  last_echo_ = context_.clock.Mono();
}

void Connection::OnLookNow(const faultline::v1::LookNow& ask) {
  const MonoTime now = context_.clock.Mono();
  if (now - look_window_ > Span::Seconds(1)) {
    look_window_ = now;
    looks_in_window_ = 0;
  }
  if (++looks_in_window_ > kMaxLooksPerSecond || ask.checks_size() > kMaxAskedChecks) {
    return Complain("asks to look too often or at too much; ignored");
  }
  context_.source.OnLookNow(ask);
}

void Connection::OnProbeHost(const faultline::v1::ProbeHost& ask) {
  if (!probe_budget_.Take(context_.clock.Mono())) {
    return Complain("asks too often whether other hosts answer; ignored");
  }
  context_.source.OnProbeHost(ask);
}

}  // namespace faultline::link
