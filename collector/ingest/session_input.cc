// What a stream does with its agent's messages.
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/ingest/from_wire.h"
#include "collector/ingest/local_host.h"
#include "collector/ingest/session.h"
#include "common/log.h"

namespace faultline::ingest {

namespace v1 = faultline::v1;

absl::Status Session::Handle(const v1::AgentMessage& message) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    first = stream_ == 0;
  }
  if (first) return HandleHello(message);
  const auto take = [this](auto input) -> absl::Status {
    if (!input.ok()) return input.status();
    NoteRefused(input->refused);
    Input(*std::move(input));
    return absl::OkStatus();
  };
  switch (message.kind_case()) {
    case v1::AgentMessage::kDeclarations:
      return take(FromWire(message.declarations()));
    case v1::AgentMessage::kSnapshot:
      return take(FromWire(message.snapshot()));
    case v1::AgentMessage::kRecords:
      return take(FromWire(message.records(), context_.clock.Now()));
    case v1::AgentMessage::kGauges:
      return take(FromWire(message.gauges()));
    case v1::AgentMessage::kHeartbeat:
      return HandleHeartbeat(message.heartbeat());
    case v1::AgentMessage::kLookResult:
      return take(FromWire(message.look_result()));
    case v1::AgentMessage::kGoodbye:
      said_goodbye_ = true;
      Input(FromWire(message.goodbye()));
      return absl::OkStatus();
    case v1::AgentMessage::kHostFacts: {
      auto facts = FromWire(message.host_facts());
      if (!facts.ok()) return facts.status();
      Input(*std::move(facts));
      return absl::OkStatus();
    }
    case v1::AgentMessage::kProbeResult: {
      auto result = FromWire(message.probe_result());
      if (!result.ok()) return result.status();
      Input(*std::move(result));
      return absl::OkStatus();
    }
    case v1::AgentMessage::kHello:
      return absl::InvalidArgumentError("hello: came a second time");
    default:
      ReadNext();  // a newer agent's word
      return absl::OkStatus();
  }
}

// What is left of the message goes on; the picture says which and why.
void Session::NoteRefused(const pipeline::Refusals& refused) {
  if (refused.count == 0) return;
  context_.invalid_messages += refused.count;
  const model::RefusedEntry& first = refused.entries.front();
  context_.Warn(absl::StrCat(refused.count, refused.count == 1 ? " entry of " : " entries of ",
                             Name(), " cannot be used, the rest of it goes on: ",
                             first.name.empty() ? "" : first.name + ": ", first.why));
}

absl::Status Session::HandleHello(const v1::AgentMessage& message) {
  if (!message.has_hello()) {
    return absl::InvalidArgumentError("hello: must be the first message of a stream");
  }
  auto hello = FromWire(message.hello());
  if (!hello.ok()) return hello.status();
  hello->is_own = IsThisHost(hello->addresses);
  deadline_.Cancel();
  ++context_.accepted;
  LogInfo(absl::StrCat("agent ", Name(), " connected, version ", hello->agent_version));
  const uint64_t stream = context_.gate.Opened(identity_, *std::move(hello), shared_from_this());
  bool ending = false;
  {
    MutexLock lock(mutex_);
    stream_ = stream;
    ending = ending_;
  }
  // Closed by the pipeline before its number was known here.
  if (ending) context_.gate.Closed(stream);
  ReadNext();
  return absl::OkStatus();
}

absl::Status Session::HandleHeartbeat(const v1::Heartbeat& heartbeat) {
  const MonoTime mono = context_.clock.Mono();
  auto input = FromWire(heartbeat, context_.clock.Now());
  if (!input.ok()) return input.status();
  input->round_trip = round_trip_.Measure(
      heartbeat.echoed_number(), WallTime{heartbeat.echo_received_wall_ns()}, input->sent, mono);
  v1::CollectorMessage message;
  v1::HeartbeatEcho& echo = *message.mutable_heartbeat_echo();
  echo.set_number(heartbeat.number());
  echo.set_received_wall_ns(input->received.ns);
  echo.set_sent_wall_ns(context_.clock.Now().ns);
  round_trip_.EchoSent(heartbeat.number(), context_.clock.Mono());
  Send(std::move(message));
  Input(*std::move(input));
  return absl::OkStatus();
}

void Session::Input(pipeline::AgentInput input) {
  uint64_t stream = 0;
  {
    MutexLock lock(mutex_);
    stream = stream_;
  }
  context_.gate.Input(stream, std::move(input), [self = shared_from_this()] { self->ReadNext(); });
}

}  // namespace faultline::ingest
