// What a connection sends, in which order.
#include <time.h>

#include <algorithm>
#include <utility>

#include "agent/link/connection.h"
#include "google/protobuf/util/message_differencer.h"

namespace faultline::link {
namespace {

constexpr size_t kMaxBatchRecords = 200;
constexpr size_t kMaxGaugeBytes = 64 << 10;
constexpr int kDeclarationsPerMessage = 200;
// A collector is given up after three intervals and this without an answer.
constexpr Span kEchoGrace = Span::Seconds(2);

uint64_t BoottimeNs() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

constexpr size_t IndexOf(faultline::v1::Stream stream) {
  return stream == faultline::v1::STREAM_LOG_EVENTS ? 1 : 0;
}

// A snapshot must go in one message: what people read goes first when it is too large.
void FitSnapshot(size_t max_bytes, faultline::v1::Snapshot* snapshot) {
  if (snapshot->ByteSizeLong() <= max_bytes) return;
  for (faultline::v1::CheckStatus& check : *snapshot->mutable_checks()) {
    check.mutable_observation()->clear_evidence();
    check.mutable_observation()->clear_gauges();
  }
  if (snapshot->ByteSizeLong() <= max_bytes) return;
  for (faultline::v1::CheckStatus& check : *snapshot->mutable_checks()) {
    check.mutable_observation()->clear_detail();
  }
}

}  // namespace

void Connection::QueueSnapshot() {
  faultline::v1::CheckDeclarations declarations;
  faultline::v1::AgentMessage snapshot;
  context_.source.TakeSnapshot(&declarations, snapshot.mutable_snapshot());
  FitSnapshot(max_message_bytes_, snapshot.mutable_snapshot());
  // What is said of no check comes with the first of them.
  int in_message = kDeclarationsPerMessage;
  if (declarations.has_absent()) {
    auto& first = *first_.emplace_back().mutable_declarations();
    first.mutable_absent()->Swap(declarations.mutable_absent());
    in_message = 0;
  }
  for (faultline::v1::CheckDeclaration& check : *declarations.mutable_checks()) {
    if (in_message++ == kDeclarationsPerMessage) {
      first_.emplace_back();
      in_message = 1;
    }
    *first_.back().mutable_declarations()->add_checks() = std::move(check);
  }
  first_.push_back(std::move(snapshot));
}

void Connection::Pump() {
  if (state_ != State::kLive || writing_ || said_goodbye_) return;
  outgoing_.Clear();
  if (NextMessage(&outgoing_)) Write();
}

bool Connection::NextMessage(faultline::v1::AgentMessage* message) {
  if (first_.empty()) QueueDeclarations();
  if (first_.empty()) {
    if (!Choose(message)) return false;
    // While that was put together another thread may have declared a check and said what it sees.
    QueueDeclarations();
    first_.push_back(std::move(*message));
  }
  *message = std::move(first_.front());
  first_.pop_front();
  said_goodbye_ = message->has_goodbye();
  return true;
}

void Connection::QueueDeclarations() {
  faultline::v1::CheckDeclarations declarations;
  while (context_.outbox.TakeDeclarations(&declarations)) {
    *first_.emplace_back().mutable_declarations() = std::move(declarations);
    declarations.Clear();
  }
}

// Transitions come before everything but the heartbeat, which is small; log events last, since they
// may be many.
bool Connection::Choose(faultline::v1::AgentMessage* message) {
  if (heartbeat_due_) {
    FillHeartbeat(message->mutable_heartbeat());
    return true;
  }
  if (NextRecords(faultline::v1::STREAM_TRANSITIONS, message)) return true;
  if (NextHostFacts(message)) return true;
  if (context_.outbox.TakeLookResult(sent_[0], message->mutable_look_result())) return true;
  message->clear_look_result();
  if (context_.outbox.TakeProbeResult(message->mutable_probe_result())) return true;
  message->clear_probe_result();
  if (!stopping_ && context_.outbox.TakeGauges(std::min(kMaxGaugeBytes, max_batch_bytes_),
                                               message->mutable_gauges())) {
    return true;
  }
  message->clear_gauges();
  if (NextRecords(faultline::v1::STREAM_LOG_EVENTS, message)) return true;
  if (stopping_) {
    *message->mutable_goodbye() = goodbye_;
    return true;
  }
  return false;
}

bool Connection::NextRecords(faultline::v1::Stream stream, faultline::v1::AgentMessage* message) {
  const size_t index = IndexOf(stream);
  // A long history does not hold up the stop: what is left is sent by the next run.
  if (last_batch_[index]) return false;
  std::vector<faultline::v1::Record> records =
      context_.spool.ReadAfter(stream, sent_[index], kMaxBatchRecords);
  if (records.empty()) return false;
  last_batch_[index] = stopping_;
  size_t bytes = 0;
  for (faultline::v1::Record& record : records) {
    bytes += record.ByteSizeLong();
    if (message->records().records_size() > 0 && bytes > max_batch_bytes_) break;
    sent_[index] = record.seq();
    *message->mutable_records()->add_records() = std::move(record);
  }
  return true;
}

bool Connection::NextHostFacts(faultline::v1::AgentMessage* message) {
  if (!std::exchange(host_facts_due_, false) || !context_.options.host_facts) return false;
  faultline::v1::HostFacts now = context_.options.host_facts();
  if (google::protobuf::util::MessageDifferencer::Equals(now, said_facts_)) return false;
  said_facts_ = now;
  *message->mutable_host_facts() = std::move(now);
  return true;
}

void Connection::FillHeartbeat(faultline::v1::Heartbeat* heartbeat) {
  heartbeat_due_ = false;
  heartbeat->set_number(++heartbeats_);
  heartbeat->mutable_sent()->set_wall_ns(context_.clock.Now().ns);
  heartbeat->mutable_sent()->set_boottime_ns(BoottimeNs());
  heartbeat->set_echoed_number(echoed_);
  heartbeat->set_echo_received_wall_ns(echo_received_.ns);
  heartbeat->set_was_stalled(was_stalled_);
  was_stalled_ = false;
}

void Connection::OnHeartbeatTimer() {
  const MonoTime now = context_.clock.Mono();
  if (now - heartbeat_expected_ > Span{2 * interval_.ns}) {
    // We were paused or starved ourselves: echoes may be waiting to be read, so nothing is
    // concluded from their absence this time.
    was_stalled_ = true;
    last_echo_ = now;
  }
  if (now - last_echo_ > Span{3 * interval_.ns + kEchoGrace.ns}) {
    return Fail("the collector answers no heartbeats; connecting anew");
  }
  heartbeat_due_ = true;
  heartbeat_expected_ = now + interval_;
  heartbeat_.Start(interval_, [this] { OnHeartbeatTimer(); });
  Pump();
}

}  // namespace faultline::link
