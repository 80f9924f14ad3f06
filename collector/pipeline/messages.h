// What agents say, validated and free of protobuf: the pipeline's input.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "collector/model/picture.h"
#include "collector/store/store.h"
#include "common/check_id.h"
#include "common/clock.h"
#include "common/identity.h"
#include "common/state.h"

namespace faultline::pipeline {

struct HelloMessage {
  std::string agent_version;
  std::vector<std::string> addresses;
  std::string instance_id;
  std::string region;
  std::string boot_id;
  std::string spool_id;
  uint64_t start_number = 0;
  bool can_probe = false;  // looks at other hosts when it is asked
  bool is_own = false;     // speaks from the collector's own machine
};

// What a hello has said and is not so any more.
struct HostFactsMessage {
  std::vector<std::string> addresses;
  std::string instance_id;
  std::string region;
};

// What of a message could not be used: each costs itself alone. Whose name the wire does not carry
// has only the check's number.
struct Refusals {
  std::vector<model::RefusedEntry> entries;  // the first kMaxRefused
  uint64_t count = 0;                        // of all
};

struct DeclaredCheck {
  uint32_t number = 0;
  CheckId id;
  std::string subject;
  std::string unit;
  std::string remote_address;
  int remote_port = 0;
  Span interval;
  std::map<std::string, std::string> expected;
};

struct DeclarationsMessage {
  std::vector<DeclaredCheck> checks;
  std::vector<uint32_t> withdrawn;  // those of refused ones too: they mean another check now
  std::optional<std::vector<model::AbsentCheck>> absent;  // nothing new about these
  Refusals refused;
};

// Host's own times, not yet corrected.
struct SeenObservation {
  uint32_t check = 0;  // number; 0 in records
  State state = State::kUnspecified;
  std::string reason;
  std::string detail;
  std::vector<model::Fact> evidence;
  std::vector<model::GaugeValue> gauges;
  WallTime observed;
  WallTime since;  // {0} = at observed
  Span up_for;     // the host was up so long at `observed`; {0} = not told
};

struct SnapshotMessage {
  struct Status {
    SeenObservation observation;
    uint64_t last_seq = 0;
  };
  std::vector<Status> checks;
  std::map<store::Stream, uint64_t> positions;
  Refusals refused;
};

struct RecordMessage {
  store::Stream stream = store::Stream::kTransitions;
  uint64_t seq = 0;
  uint64_t start_number = 0;
  CheckId check;  // empty for gaps
  std::variant<SeenObservation, store::StoredLogEvent, store::StoredGap> body;
};

struct RecordsMessage {
  std::vector<RecordMessage> records;  // in order of seq within a stream
  Refusals refused;                    // among the records as gaps
};

struct GaugesMessage {
  std::vector<SeenObservation> observations;
  Refusals refused;
};

struct HeartbeatMessage {
  uint64_t number = 0;
  WallTime sent;      // host's clock
  WallTime received;  // collector's clock, at receipt
  bool was_stalled = false;
  // Of the last echo, without the time the host held it. Half of it is how uncertain an offset from
  // this heartbeat is; {0} = unknown.
  Span round_trip;
};

struct LookResultMessage {
  uint64_t request = 0;
  std::vector<SeenObservation> observations;
  Refusals refused;
};

// What an agent got of another host that it was asked to look at.
struct ProbeResultMessage {
  struct Path {
    int port = 0;  // 0 = a ping
    bool answered = false;
    bool looked = true;  // false: it says nothing of the host
  };
  uint64_t request = 0;
  std::vector<Path> paths;
};

enum class HostStop { kNo, kShutdown, kReboot, kPowerOff };

struct GoodbyeMessage {
  HostStop host_stop = HostStop::kNo;  // kNo: only the agent ends
};

using AgentInput = std::variant<HelloMessage, DeclarationsMessage, SnapshotMessage, RecordsMessage,
                                GaugesMessage, HeartbeatMessage, LookResultMessage, GoodbyeMessage,
                                HostFactsMessage, ProbeResultMessage>;

}  // namespace faultline::pipeline
