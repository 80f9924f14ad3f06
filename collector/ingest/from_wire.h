// Agents' messages from protobuf to the pipeline's plain structs. Pure and total: whatever the wire
// brings is either within the bounds of proto/faultline/v1 or refused with the field's name. A
// declaration, an observation or a record that is not costs itself alone (Refusals).
#pragma once

#include "absl/status/statusor.h"
#include "collector/pipeline/messages.h"
#include "faultline/v1/agent_link.pb.h"

namespace faultline::ingest {

inline constexpr uint32_t kProtocolVersion = 1;

// Errors are of the message as a whole (too many entries, what the protocol rests on), are
// InvalidArgument and begin with the field ("hello.spool_id: ...").
absl::StatusOr<pipeline::HelloMessage> FromWire(const faultline::v1::Hello& hello);
absl::StatusOr<pipeline::DeclarationsMessage> FromWire(
    const faultline::v1::CheckDeclarations& declarations);
absl::StatusOr<pipeline::SnapshotMessage> FromWire(const faultline::v1::Snapshot& snapshot);
absl::StatusOr<pipeline::GaugesMessage> FromWire(const faultline::v1::Gauges& gauges);
absl::StatusOr<pipeline::LookResultMessage> FromWire(const faultline::v1::LookResult& result);

// A record that cannot be used becomes a gap that says why: leaving it out would make its agent
// send it again for ever. Records of streams that a newer agent may have are left out. Only a
// message whose records cannot be told apart (seq 0) is refused.
absl::StatusOr<pipeline::RecordsMessage> FromWire(const faultline::v1::Records& records,
                                                  WallTime received);

// Without the round trip, which the stream knows.
absl::StatusOr<pipeline::HeartbeatMessage> FromWire(const faultline::v1::Heartbeat& heartbeat,
                                                    WallTime received);

absl::StatusOr<pipeline::ProbeResultMessage> FromWire(const faultline::v1::ProbeResult& result);

pipeline::GoodbyeMessage FromWire(const faultline::v1::Goodbye& goodbye);
absl::StatusOr<pipeline::HostFactsMessage> FromWire(const faultline::v1::HostFacts& facts);

}  // namespace faultline::ingest
