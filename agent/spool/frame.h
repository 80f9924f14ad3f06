// How records lie in a segment file: length, checksum, serialized Record; one after the other.
//
//   u32 little endian  length of the payload, 1 to kMaxPayloadBytes
//   u32 little endian  CRC-32 (zlib's) of the length's four bytes and the payload
//   payload            serialized faultline.v1.Record
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faultline/v1/agent_link.pb.h"

namespace faultline::spool {

inline constexpr size_t kFrameHeaderBytes = 8;
inline constexpr size_t kMaxPayloadBytes = 64 << 10;
// Nothing that counts by ones comes near. A larger number is no number of ours: it could overflow.
inline constexpr uint64_t kMaxSeq = uint64_t{1} << 62;

// Empty when the record is larger than kMaxPayloadBytes.
std::string EncodeFrame(const faultline::v1::Record& record);

// The first sequence number that a record stands for: of a gap the start of its range.
uint64_t FirstSeqOf(const faultline::v1::Record& record);

// A hash of the check that a transition belongs to, never 0; 0 for any other record.
uint64_t CheckKeyOf(const faultline::v1::Record& record);

// When what the record tells of began and ended; 0 where it does not say.
struct WallRange {
  int64_t from_ns = 0;
  int64_t to_ns = 0;
};
WallRange WallRangeOf(const faultline::v1::Record& record);
void Widen(WallRange* range, const WallRange& other);

struct FrameScan {
  std::vector<faultline::v1::Record> records;  // ascending by seq
  size_t valid_bytes = 0;                      // end of the last readable frame
  // Unreadable bytes lie before the end of the last readable frame, or a frame at the end is
  // complete but wrong: damage, not the torn tail of an unfinished write.
  bool damaged = false;
};

// Reads every frame of `stream` in `bytes`, also those behind damage. Total for any input, in time
// linear in its size but for a bounded constant.
FrameScan ScanFrames(std::string_view bytes, faultline::v1::Stream stream);

// Makes `records` continuous from `covered` + 1 to `last`: what is missing becomes gap records that
// say `why`, what is at or below `covered` or repeated goes. `last` 0: up to what is there.
// True when anything was missing.
bool FillHoles(faultline::v1::Stream stream, uint64_t covered, uint64_t last, uint64_t start_number,
               const std::string& why, std::vector<faultline::v1::Record>* records);

// A gap record of [first, last].
faultline::v1::Record MakeGap(faultline::v1::Stream stream, uint64_t first, uint64_t last,
                              uint64_t start_number, const WallRange& when, const std::string& why);

}  // namespace faultline::spool
