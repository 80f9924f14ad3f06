#include "agent/spool/frame.h"

#include <zlib.h>

#include <algorithm>
#include <functional>

namespace faultline::spool {
namespace {

// Bytes that may be checksummed while looking for a frame behind damage. Random bytes seldom look
// like a frame's length; this bounds the time for those that do at every offset.
constexpr size_t kResyncBudget = 64u << 20;

void PutU32(uint32_t value, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

uint32_t GetU32(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

uint32_t Checksum(std::string_view length, std::string_view payload) {
  uLong crc = crc32(0, nullptr, 0);
  crc = crc32(crc, reinterpret_cast<const Bytef*>(length.data()), length.size());
  crc = crc32(crc, reinterpret_cast<const Bytef*>(payload.data()), payload.size());
  return static_cast<uint32_t>(crc);
}

// True when a whole frame with a right checksum stands at the start of `bytes`. `checked` grows by
// the bytes that had to be read to know.
bool ReadFrame(std::string_view bytes, faultline::v1::Stream stream, faultline::v1::Record* record,
               size_t* size, size_t* checked) {
  if (bytes.size() < kFrameHeaderBytes) return false;
  const uint32_t length = GetU32(bytes);
  if (length == 0 || length > kMaxPayloadBytes || length > bytes.size() - kFrameHeaderBytes) {
    return false;
  }
  const std::string_view payload = bytes.substr(kFrameHeaderBytes, length);
  *checked += length;
  if (Checksum(bytes.substr(0, 4), payload) != GetU32(bytes.substr(4))) return false;
  if (!record->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return false;
  *size = kFrameHeaderBytes + length;
  return record->stream() == stream && record->seq() <= kMaxSeq && FirstSeqOf(*record) > 0 &&
         FirstSeqOf(*record) <= record->seq();
}

// Bytes that an unfinished write can leave at the end: the beginning of a frame, or zeros where the
// file had grown and the data had not arrived.
bool LooksTorn(std::string_view tail) {
  if (tail.find_first_not_of('\0') == std::string_view::npos) return true;
  if (tail.size() < kFrameHeaderBytes) return true;
  const uint32_t length = GetU32(tail);
  return length > 0 && length <= kMaxPayloadBytes && length > tail.size() - kFrameHeaderBytes;
}

}  // namespace

std::string EncodeFrame(const faultline::v1::Record& record) {
  const std::string payload = record.SerializeAsString();
  std::string frame;
  if (payload.empty() || payload.size() > kMaxPayloadBytes) return frame;
  frame.reserve(kFrameHeaderBytes + payload.size());
  PutU32(static_cast<uint32_t>(payload.size()), &frame);
  PutU32(Checksum(frame, payload), &frame);
  frame += payload;
  return frame;
}

uint64_t FirstSeqOf(const faultline::v1::Record& record) {
  return record.has_gap() ? record.gap().first_seq() : record.seq();
}

uint64_t CheckKeyOf(const faultline::v1::Record& record) {
  if (!record.has_transition()) return 0;
  const faultline::v1::RecordedTransition& transition = record.transition();
  std::string id = transition.kind();
  id.append(1, '\0').append(transition.target()).append(1, '\0').append(transition.name());
  return std::hash<std::string>{}(id) | 1;
}

WallRange WallRangeOf(const faultline::v1::Record& record) {
  if (record.has_transition()) {
    const int64_t at = record.transition().observation().observed().wall_ns();
    return {at, at};
  }
  if (record.has_log_event()) {
    return {record.log_event().first().wall_ns(), record.log_event().last().wall_ns()};
  }
  return {record.gap().from_wall_ns(), record.gap().to_wall_ns()};
}

void Widen(WallRange* range, const WallRange& other) {
  if (other.from_ns != 0 && (range->from_ns == 0 || other.from_ns < range->from_ns)) {
    range->from_ns = other.from_ns;
  }
  range->to_ns = std::max(range->to_ns, other.to_ns);
}

FrameScan ScanFrames(std::string_view bytes, faultline::v1::Stream stream) {
  FrameScan scan;
  size_t at = 0;
  size_t spent = 0;
  while (at < bytes.size()) {
    faultline::v1::Record record;
    size_t size = 0;
    size_t checked = 0;
    if (ReadFrame(bytes.substr(at), stream, &record, &size, &checked)) {
      if (at != scan.valid_bytes) scan.damaged = true;
      at += size;
      scan.valid_bytes = at;
      if (scan.records.empty() || record.seq() > scan.records.back().seq()) {
        scan.records.push_back(std::move(record));
      }
      continue;
    }
    spent += checked;
    if (spent > kResyncBudget) break;
    ++at;
  }
  const std::string_view tail = bytes.substr(scan.valid_bytes);
  if (!tail.empty() && !LooksTorn(tail)) scan.damaged = true;
  return scan;
}

faultline::v1::Record MakeGap(faultline::v1::Stream stream, uint64_t first, uint64_t last,
                              uint64_t start_number, const WallRange& when,
                              const std::string& why) {
  faultline::v1::Record record;
  record.set_stream(stream);
  record.set_seq(last);
  record.set_start_number(start_number);
  faultline::v1::Gap* gap = record.mutable_gap();
  gap->set_first_seq(first);
  gap->set_last_seq(last);
  gap->set_from_wall_ns(when.from_ns);
  gap->set_to_wall_ns(when.to_ns);
  gap->set_why(why);
  return record;
}

bool FillHoles(faultline::v1::Stream stream, uint64_t covered, uint64_t last, uint64_t start_number,
               const std::string& why, std::vector<faultline::v1::Record>* records) {
  bool missing = false;
  WallRange when;
  std::vector<faultline::v1::Record> whole;
  whole.reserve(records->size());
  const auto add_gap = [&](uint64_t to, int64_t to_wall_ns) {
    missing = true;
    whole.push_back(MakeGap(stream, covered + 1, to, start_number, {when.to_ns, to_wall_ns}, why));
  };
  for (faultline::v1::Record& record : *records) {
    const uint64_t seq = record.seq();
    if (seq <= covered) continue;
    const WallRange range = WallRangeOf(record);
    if (FirstSeqOf(record) > covered + 1) add_gap(FirstSeqOf(record) - 1, range.from_ns);
    if (record.has_gap() && FirstSeqOf(record) <= covered) {
      record.mutable_gap()->set_first_seq(covered + 1);
    }
    covered = seq;
    if (range.to_ns != 0) when = range;
    whole.push_back(std::move(record));
  }
  if (last > covered) add_gap(last, 0);
  *records = std::move(whole);
  return missing;
}

}  // namespace faultline::spool
