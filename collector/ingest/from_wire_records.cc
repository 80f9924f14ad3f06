// The durable part of what agents send.
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/ingest/fields.h"
#include "collector/ingest/from_wire.h"
#include "common/text.h"
#include "common/wire_limits.h"

namespace faultline::ingest {
namespace {

namespace v1 = faultline::v1;

// A check's identity, alike in transitions and log events.
template <typename Wire>
absl::StatusOr<CheckId> CheckIdFromWire(const Wire& wire, const std::string& field) {
  CheckId id{.kind = wire.kind(), .target = wire.target(), .name = wire.name()};
  absl::Status valid = ValidateCheckId(id);
  if (!valid.ok()) return BadField(field, std::string(valid.message()));
  if (id.kind == "agent") return BadField(absl::StrCat(field, ".kind"), "\"agent\" is reserved");
  return id;
}

absl::Status TakeTransition(const v1::RecordedTransition& wire, const std::string& field,
                            pipeline::RecordMessage* record) {
  auto id = CheckIdFromWire(wire, field);
  if (!id.ok()) return id.status();
  auto seen = ObservationFromWire(wire.observation(), absl::StrCat(field, ".observation"));
  if (!seen.ok()) return seen.status();
  seen->check = 0;
  record->check = *std::move(id);
  record->body = *std::move(seen);
  return absl::OkStatus();
}

absl::Status TakeLogEvent(const v1::LogEvent& wire, const std::string& field,
                          pipeline::RecordMessage* record) {
  auto id = CheckIdFromWire(wire, field);
  if (!id.ok()) return id.status();
  absl::Status time =
      CheckWallTime(absl::StrCat(field, ".first.wall_ns"), wire.first().wall_ns(), true);
  if (time.ok()) {
    time = CheckWallTime(absl::StrCat(field, ".last.wall_ns"), wire.last().wall_ns(), true);
  }
  if (!time.ok()) return time;
  if (wire.count() == 0) return BadField(absl::StrCat(field, ".count"), "is missing");
  record->check = *id;
  record->body =
      store::StoredLogEvent{.seq = record->seq,
                            .check = *std::move(id),
                            .fingerprint = wire.fingerprint(),
                            .pattern = CleanText(wire.pattern(), WireLimits::kMaxPattern),
                            .sample = CleanText(wire.sample(), WireLimits::kMaxSample),
                            .count = wire.count(),
                            .first = WallTime{wire.first().wall_ns()},
                            .last = WallTime{wire.last().wall_ns()}};
  return absl::OkStatus();
}

absl::Status TakeGap(const v1::Gap& wire, const std::string& field,
                     pipeline::RecordMessage* record) {
  if (wire.first_seq() == 0 || wire.first_seq() > wire.last_seq() ||
      wire.last_seq() != record->seq) {
    return BadField(absl::StrCat(field, ".first_seq"),
                    absl::StrCat(wire.first_seq(), " to ", wire.last_seq(),
                                 " is no range that ends at its own seq ", record->seq));
  }
  absl::Status time =
      CheckWallTime(absl::StrCat(field, ".from_wall_ns"), wire.from_wall_ns(), false);
  if (time.ok()) {
    time = CheckWallTime(absl::StrCat(field, ".to_wall_ns"), wire.to_wall_ns(), false);
  }
  if (!time.ok()) return time;
  record->body = store::StoredGap{.stream = record->stream,
                                  .first_seq = wire.first_seq(),
                                  .last_seq = wire.last_seq(),
                                  .from = WallTime{wire.from_wall_ns()},
                                  .to = WallTime{wire.to_wall_ns()},
                                  .why = CleanText(wire.why(), WireLimits::kMaxLine)};
  return absl::OkStatus();
}

absl::Status TakeBody(const v1::Record& wire, const std::string& field,
                      pipeline::RecordMessage* record) {
  switch (wire.body_case()) {
    case v1::Record::kTransition:
      return TakeTransition(wire.transition(), absl::StrCat(field, ".transition"), record);
    case v1::Record::kLogEvent:
      return TakeLogEvent(wire.log_event(), absl::StrCat(field, ".log_event"), record);
    case v1::Record::kGap:
      return TakeGap(wire.gap(), absl::StrCat(field, ".gap"), record);
    default:
      return BadField(field, "is of a kind that this collector does not know; upgrade it");
  }
}

// The check that a record is about, as far as it says.
std::string NameOf(const v1::Record& wire) {
  const auto name = [](const auto& of) {
    return CheckId{.kind = of.kind(), .target = of.target(), .name = of.name()}.ToString();
  };
  if (wire.has_transition()) return name(wire.transition());
  return wire.has_log_event() ? name(wire.log_event()) : "record";
}

}  // namespace

absl::StatusOr<pipeline::RecordsMessage> FromWire(const v1::Records& wire, WallTime received) {
  if (wire.records_size() > WireLimits::kMaxListed) {
    return BadField("records.records", absl::StrCat(wire.records_size(), " of them, at most ",
                                                    WireLimits::kMaxListed));
  }
  pipeline::RecordsMessage message;
  message.records.reserve(static_cast<size_t>(wire.records_size()));
  for (int i = 0; i < wire.records_size(); ++i) {
    const v1::Record& from = wire.records(i);
    const std::string field = absl::StrCat("records.records[", i, "]");
    pipeline::RecordMessage record;
    if (from.stream() == v1::STREAM_TRANSITIONS) {
      record.stream = store::Stream::kTransitions;
    } else if (from.stream() == v1::STREAM_LOG_EVENTS) {
      record.stream = store::Stream::kLogEvents;
    } else {
      continue;
    }
    if (from.seq() == 0) return BadField(absl::StrCat(field, ".seq"), "is missing");
    record.seq = from.seq();
    record.start_number = from.start_number();
    if (absl::Status body = TakeBody(from, field, &record); !body.ok()) {
      Refuse(NameOf(from), 0, body, &message.refused);
      record.check = {};
      record.body =
          store::StoredGap{.stream = record.stream,
                           .first_seq = record.seq,
                           .last_seq = record.seq,
                           .from = received,
                           .to = received,
                           .why = CleanText(std::string(body.message()), WireLimits::kMaxLine)};
    }
    message.records.push_back(std::move(record));
  }
  return message;
}

}  // namespace faultline::ingest
