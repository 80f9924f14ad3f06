// What an agent sends, as protobuf's bytes, to the pipeline's plain structs.
// fuzz-sources: collector/ingest/from_wire.cc collector/ingest/from_wire_records.cc
// fuzz-sources: collector/ingest/from_wire_probe.cc
// fuzz-sources: collector/ingest/fields.cc common/check_id.cc common/text.cc common/clock.cc
// fuzz-sources: common/state.cc common/identity.cc common/ec2.cc
// fuzz-libs: faultline_proto
#include "collector/ingest/from_wire.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using faultline::WallTime;
constexpr WallTime kReceived{1'800'000'000'000'000'000};

// Refused with a text, or taken; what of it cannot be used is bounded and says why.
template <typename Taken>
void Check(const Taken& taken) {
  if constexpr (requires { taken->refused; }) {
    if (taken.ok()) {
      const auto& refused = taken->refused;
      faultline::fuzz::Require(refused.entries.size() <= faultline::model::kMaxRefused &&
                                   refused.entries.size() <= refused.count,
                               "what is shown of refusals is bounded");
      for (const auto& entry : refused.entries) {
        faultline::fuzz::Require(!entry.why.empty(), "a refusal says why");
      }
    }
  }
  faultline::fuzz::Require(taken.ok() || !taken.status().message().empty(),
                           "a refusal names the field");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline;
  using ingest::FromWire;
  v1::AgentMessage message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  switch (message.kind_case()) {
    case v1::AgentMessage::kHello:
      Check(FromWire(message.hello()));
      break;
    case v1::AgentMessage::kHostFacts:
      Check(FromWire(message.host_facts()));
      break;
    case v1::AgentMessage::kDeclarations:
      Check(FromWire(message.declarations()));
      break;
    case v1::AgentMessage::kSnapshot:
      Check(FromWire(message.snapshot()));
      break;
    case v1::AgentMessage::kRecords:
      Check(FromWire(message.records(), kReceived));
      break;
    case v1::AgentMessage::kGauges:
      Check(FromWire(message.gauges()));
      break;
    case v1::AgentMessage::kHeartbeat:
      Check(FromWire(message.heartbeat(), kReceived));
      break;
    case v1::AgentMessage::kLookResult:
      Check(FromWire(message.look_result()));
      break;
    case v1::AgentMessage::kProbeResult:
      Check(FromWire(message.probe_result()));
      break;
    case v1::AgentMessage::kGoodbye:
      FromWire(message.goodbye());
      break;
    case v1::AgentMessage::KIND_NOT_SET:
      break;
  }
  return 0;
}
