#include "collector/pipeline/input_size.h"

namespace faultline::pipeline {
namespace {

size_t PartBytes(const SeenObservation& seen) {
  size_t bytes = sizeof(seen) + seen.reason.size() + seen.detail.size();
  for (const model::Fact& fact : seen.evidence) bytes += sizeof(fact) + fact.text.size();
  for (const model::GaugeValue& gauge : seen.gauges) bytes += sizeof(gauge) + gauge.name.size();
  return bytes;
}

size_t PartBytes(const store::StoredLogEvent& event) {
  return sizeof(event) + event.pattern.size() + event.sample.size();
}

size_t PartBytes(const store::StoredGap& gap) { return sizeof(gap) + gap.why.size(); }

size_t PartBytes(const RecordsMessage& message) {
  size_t bytes = 0;
  for (const RecordMessage& record : message.records) {
    bytes += sizeof(record) + record.check.target.size() + record.check.name.size();
    bytes += std::visit([](const auto& body) { return PartBytes(body); }, record.body);
  }
  return bytes;
}

size_t PartBytes(const SnapshotMessage& message) {
  size_t bytes = 0;
  for (const auto& status : message.checks) bytes += PartBytes(status.observation);
  return bytes;
}

size_t PartBytes(const GaugesMessage& message) {
  size_t bytes = 0;
  for (const SeenObservation& seen : message.observations) bytes += PartBytes(seen);
  return bytes;
}

size_t PartBytes(const LookResultMessage& message) {
  size_t bytes = 0;
  for (const SeenObservation& seen : message.observations) bytes += PartBytes(seen);
  return bytes;
}

size_t PartBytes(const DeclarationsMessage& message) {
  size_t bytes = 0;
  for (const DeclaredCheck& check : message.checks) {
    bytes += sizeof(check) + check.id.target.size() + check.subject.size();
    for (const auto& [option, value] : check.expected) bytes += option.size() + value.size();
  }
  return bytes;
}

// Of the others there is one a connection, or it is small.
template <typename Message>
size_t PartBytes(const Message&) {
  return sizeof(Message);
}

}  // namespace

size_t BytesOf(const AgentInput& input) {
  return std::visit([](const auto& message) { return PartBytes(message); }, input);
}

}  // namespace faultline::pipeline
