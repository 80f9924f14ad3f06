#include "collector/ingest/from_wire.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/ingest/fields.h"
#include "common/check_id.h"
#include "common/ec2.h"
#include "common/text.h"
#include "common/wire_limits.h"

namespace faultline::ingest {
namespace {

namespace v1 = faultline::v1;

constexpr int kMaxFeatures = 32;
// The collector's own check of each host: an agent must not speak in its name.
constexpr char kOwnKind[] = "agent";

bool IsHex(const std::string& text, size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

pipeline::HostStop HostStopFromWire(v1::Goodbye::HostStop how) {
  switch (how) {
    case v1::Goodbye::HOST_STOP_REBOOT:
      return pipeline::HostStop::kReboot;
    case v1::Goodbye::HOST_STOP_POWER_OFF:
      return pipeline::HostStop::kPowerOff;
    default:
      return pipeline::HostStop::kShutdown;
  }
}

absl::Status CheckCount(const std::string& field, int count) {
  if (count <= WireLimits::kMaxListed) return absl::OkStatus();
  return BadField(field, absl::StrCat(count, " of them, at most ", WireLimits::kMaxListed));
}

absl::StatusOr<pipeline::DeclaredCheck> DeclarationFromWire(const v1::CheckDeclaration& wire,
                                                            const std::string& field) {
  if (wire.number() == 0) return BadField(absl::StrCat(field, ".number"), "is missing");
  pipeline::DeclaredCheck check;
  check.number = wire.number();
  check.id = {.kind = wire.kind(), .target = wire.target(), .name = wire.name()};
  if (absl::Status id = ValidateCheckId(check.id); !id.ok()) {
    return BadField(field, std::string(id.message()));
  }
  if (check.id.kind == kOwnKind) {
    return BadField(absl::StrCat(field, ".kind"),
                    "\"agent\" is the collector's own check of each host");
  }
  if (!wire.remote_address().empty() && !IsNumericAddress(wire.remote_address())) {
    return BadField(absl::StrCat(field, ".remote_address"),
                    absl::StrCat("\"", CleanText(wire.remote_address(), WireLimits::kMaxShortText),
                                 "\" is not a numeric address"));
  }
  if (wire.remote_port() > WireLimits::kMaxPort) {
    return BadField(absl::StrCat(field, ".remote_port"),
                    absl::StrCat(wire.remote_port(), " is not a port"));
  }
  if (wire.interval_ns() < 0 || wire.interval_ns() > WireLimits::kLongestInterval.ns) {
    return BadField(absl::StrCat(field, ".interval_ns"),
                    absl::StrCat(wire.interval_ns(), " is not between 0 and a week"));
  }
  check.subject = CleanText(wire.subject(), WireLimits::kMaxSubject);
  check.unit = CleanText(wire.unit(), WireLimits::kMaxUnit);
  check.remote_address = wire.remote_address();
  check.remote_port = static_cast<int>(wire.remote_port());
  check.interval = Span{wire.interval_ns()};
  if (wire.expected_size() > WireLimits::kMaxExpected) {
    return BadField(
        absl::StrCat(field, ".expected"),
        absl::StrCat(wire.expected_size(), " of them, at most ", WireLimits::kMaxExpected));
  }
  for (const v1::Expectation& each : wire.expected()) {
    check.expected[CleanText(each.option(), WireLimits::kMaxShortText)] =
        CleanText(each.value(), WireLimits::kMaxLine);
  }
  return check;
}

std::optional<model::AbsentCheck::Why> WhyFromWire(v1::AbsentCheck::Why why) {
  switch (why) {
    case v1::AbsentCheck::WHY_DISABLED:
      return model::AbsentCheck::Why::kDisabled;
    case v1::AbsentCheck::WHY_UNKNOWN_FACT:
      return model::AbsentCheck::Why::kUnknownFact;
    case v1::AbsentCheck::WHY_NOT_HERE:
      return model::AbsentCheck::Why::kNotHere;
    default:
      return std::nullopt;
  }
}

absl::StatusOr<std::vector<model::AbsentCheck>> AbsentFromWire(const v1::AbsentChecks& wire) {
  if (wire.checks_size() > WireLimits::kMaxAbsent) {
    return BadField("declarations.absent.checks",
                    absl::StrCat(wire.checks_size(), " of them, at most ", WireLimits::kMaxAbsent));
  }
  std::vector<model::AbsentCheck> all;
  for (const v1::AbsentCheck& each : wire.checks()) {
    const auto why = WhyFromWire(each.why());
    if (!why) continue;  // a newer agent's: not known here
    all.push_back({.kind = CleanText(each.kind(), WireLimits::kMaxShortText),
                   .target = CleanText(each.target(), WireLimits::kMaxLine),
                   .why = *why,
                   .detail = CleanText(each.detail(), WireLimits::kMaxLine)});
  }
  return all;
}

absl::StatusOr<std::vector<pipeline::SeenObservation>> ListFromWire(
    const google::protobuf::RepeatedPtrField<v1::Observation>& wire, const std::string& field,
    pipeline::Refusals* refused) {
  if (absl::Status count = CheckCount(field, wire.size()); !count.ok()) return count;
  std::vector<pipeline::SeenObservation> all;
  all.reserve(static_cast<size_t>(wire.size()));
  for (int i = 0; i < wire.size(); ++i) {
    auto seen = ObservationFromWire(wire[i], absl::StrCat(field, "[", i, "]"));
    if (seen.ok()) {
      all.push_back(*std::move(seen));
    } else {
      Refuse("", wire[i].check(), seen.status(), refused);
    }
  }
  return all;
}

bool HasFeature(const v1::Hello& hello, std::string_view name) {
  const int count = std::min(hello.features_size(), kMaxFeatures);
  return std::any_of(hello.features().begin(), hello.features().begin() + count,
                     [&](const std::string& feature) { return feature == name; });
}

// Of a hello or HostFacts. An id or a region of another form only means that a command cannot name
// it: no reason to do without the agent.
template <typename Wire>
absl::StatusOr<pipeline::HostFactsMessage> FactsFromWire(const Wire& wire,
                                                         const std::string& field) {
  if (wire.addresses_size() > WireLimits::kMaxAddresses) {
    return BadField(
        absl::StrCat(field, ".addresses"),
        absl::StrCat(wire.addresses_size(), " of them, at most ", WireLimits::kMaxAddresses));
  }
  for (int i = 0; i < wire.addresses_size(); ++i) {
    if (IsNumericAddress(wire.addresses(i))) continue;
    return BadField(absl::StrCat(field, ".addresses[", i, "]"),
                    absl::StrCat("\"", CleanText(wire.addresses(i), WireLimits::kMaxShortText),
                                 "\" is not a numeric address"));
  }
  pipeline::HostFactsMessage facts;
  facts.addresses.assign(wire.addresses().begin(), wire.addresses().end());
  if (IsEc2InstanceId(wire.instance_id())) facts.instance_id = wire.instance_id();
  if (IsAwsRegion(wire.region())) facts.region = wire.region();
  return facts;
}

}  // namespace

absl::StatusOr<pipeline::HelloMessage> FromWire(const v1::Hello& hello) {
  if (hello.protocol_version() != kProtocolVersion) {
    return BadField(
        "hello.protocol_version",
        absl::StrCat(hello.protocol_version(), " is not known here, this collector speaks ",
                     kProtocolVersion, "; upgrade the collector before its agents"));
  }
  auto facts = FactsFromWire(hello, "hello");
  if (!facts.ok()) return facts.status();
  if (!IsHex(hello.spool_id(), 32)) {
    return BadField("hello.spool_id", "is not 16 bytes in lower-case hexadecimal");
  }
  if (hello.start_number() == 0) return BadField("hello.start_number", "is missing");
  return pipeline::HelloMessage{
      .agent_version = CleanText(hello.agent_version(), WireLimits::kMaxShortText),
      .addresses = std::move(facts->addresses),
      .instance_id = std::move(facts->instance_id),
      .region = std::move(facts->region),
      .boot_id = CleanText(hello.boot_id(), WireLimits::kMaxShortText),
      .spool_id = hello.spool_id(),
      .start_number = hello.start_number(),
      .can_probe = HasFeature(hello, "probe_host")};
}

absl::StatusOr<pipeline::DeclarationsMessage> FromWire(const v1::CheckDeclarations& wire) {
  absl::Status count = CheckCount("declarations.checks", wire.checks_size());
  if (count.ok()) count = CheckCount("declarations.withdrawn", wire.withdrawn_size());
  if (!count.ok()) return count;
  pipeline::DeclarationsMessage message;
  for (int i = 0; i < wire.checks_size(); ++i) {
    auto check = DeclarationFromWire(wire.checks(i), absl::StrCat("declarations.checks[", i, "]"));
    if (check.ok()) {
      message.checks.push_back(*std::move(check));
      continue;
    }
    const v1::CheckDeclaration& bad = wire.checks(i);
    const CheckId id{.kind = bad.kind(), .target = bad.target(), .name = bad.name()};
    Refuse(id.ToString(), bad.number(), check.status(), &message.refused);
    if (bad.number() != 0) message.withdrawn.push_back(bad.number());
  }
  message.withdrawn.insert(message.withdrawn.end(), wire.withdrawn().begin(),
                           wire.withdrawn().end());
  if (wire.has_absent()) {
    auto absent = AbsentFromWire(wire.absent());
    if (!absent.ok()) return absent.status();
    message.absent = *std::move(absent);
  }
  return message;
}

absl::StatusOr<pipeline::SnapshotMessage> FromWire(const v1::Snapshot& wire) {
  if (absl::Status count = CheckCount("snapshot.checks", wire.checks_size()); !count.ok()) {
    return count;
  }
  if (wire.positions_size() > WireLimits::kMaxPositions) {
    return BadField("snapshot.positions", absl::StrCat(wire.positions_size(), " of them, at most ",
                                                       WireLimits::kMaxPositions));
  }
  pipeline::SnapshotMessage message;
  message.checks.reserve(static_cast<size_t>(wire.checks_size()));
  for (int i = 0; i < wire.checks_size(); ++i) {
    auto seen = ObservationFromWire(wire.checks(i).observation(),
                                    absl::StrCat("snapshot.checks[", i, "].observation"));
    if (seen.ok()) {
      message.checks.push_back({*std::move(seen), wire.checks(i).last_seq()});
    } else {
      Refuse("", wire.checks(i).observation().check(), seen.status(), &message.refused);
    }
  }
  for (const v1::StreamPosition& position : wire.positions()) {
    if (position.stream() == v1::STREAM_TRANSITIONS) {
      message.positions[store::Stream::kTransitions] = position.seq();
    } else if (position.stream() == v1::STREAM_LOG_EVENTS) {
      message.positions[store::Stream::kLogEvents] = position.seq();
    }
  }
  return message;
}

absl::StatusOr<pipeline::GaugesMessage> FromWire(const v1::Gauges& wire) {
  pipeline::GaugesMessage message;
  auto observations = ListFromWire(wire.observations(), "gauges.observations", &message.refused);
  if (!observations.ok()) return observations.status();
  message.observations = *std::move(observations);
  return message;
}

absl::StatusOr<pipeline::LookResultMessage> FromWire(const v1::LookResult& wire) {
  pipeline::LookResultMessage message{.request = wire.request()};
  auto observations =
      ListFromWire(wire.observations(), "look_result.observations", &message.refused);
  if (!observations.ok()) return observations.status();
  message.observations = *std::move(observations);
  return message;
}

absl::StatusOr<pipeline::HeartbeatMessage> FromWire(const v1::Heartbeat& wire, WallTime received) {
  if (wire.number() == 0) return BadField("heartbeat.number", "is missing");
  absl::Status time = CheckWallTime("heartbeat.sent.wall_ns", wire.sent().wall_ns(), true);
  if (time.ok()) {
    time = CheckWallTime("heartbeat.echo_received_wall_ns", wire.echo_received_wall_ns(), false);
  }
  if (!time.ok()) return time;
  return pipeline::HeartbeatMessage{.number = wire.number(),
                                    .sent = WallTime{wire.sent().wall_ns()},
                                    .received = received,
                                    .was_stalled = wire.was_stalled()};
}

absl::StatusOr<pipeline::HostFactsMessage> FromWire(const v1::HostFacts& facts) {
  return FactsFromWire(facts, "host_facts");
}

pipeline::GoodbyeMessage FromWire(const v1::Goodbye& goodbye) {
  if (goodbye.why() != v1::Goodbye::WHY_HOST_STOPPING) return {};
  return {.host_stop = HostStopFromWire(goodbye.host_stop())};
}

}  // namespace faultline::ingest
