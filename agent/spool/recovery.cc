#include "agent/spool/recovery.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/spool/aside.h"
#include "agent/spool/file_io.h"
#include "agent/spool/frame.h"

namespace faultline::spool {
namespace {

constexpr size_t kMaxSegmentFile = 16u << 20;  // nothing that the spool writes comes near
constexpr size_t kSeqDigits = 20;

bool ParseSegmentName(const std::string& name, const std::string& prefix, uint64_t* first) {
  if (name.size() != prefix.size() + 1 + kSeqDigits + 4 || !absl::StartsWith(name, prefix + "-") ||
      !absl::EndsWith(name, ".log")) {
    return false;
  }
  const std::string digits = name.substr(prefix.size() + 1, kSeqDigits);
  return digits.find_first_not_of("0123456789") == std::string::npos &&
         absl::SimpleAtoi(digits, first);
}

std::string EncodeAll(const std::vector<faultline::v1::Record>& records) {
  std::string bytes;
  for (const faultline::v1::Record& record : records) bytes += EncodeFrame(record);
  return bytes;
}

class Recovery {
 public:
  Recovery(Disk& disk, faultline::v1::Stream stream, uint64_t acknowledged, uint64_t start_number)
      : disk_(disk), stream_(stream), covered_(acknowledged), start_number_(start_number) {}

  void AddFile(const std::string& path, bool is_last);
  RecoveredStream Finish() {
    found_.last_seq = covered_;
    return std::move(found_);
  }

 private:
  void Note(std::string note) { found_.notes.push_back(std::move(note)); }
  void PutAside(const std::string& path, const absl::Status& why);
  size_t CutTail(const std::string& path, size_t bytes, size_t valid_bytes);
  void Keep(const std::string& path, size_t bytes, bool is_whole,
            std::vector<faultline::v1::Record> records);

  Disk& disk_;
  const faultline::v1::Stream stream_;
  uint64_t covered_;  // everything up to here is read, told of as a gap, or acknowledged
  const uint64_t start_number_;
  RecoveredStream found_;
};

void Recovery::PutAside(const std::string& path, const absl::Status& why) {
  const absl::StatusOr<std::string> aside = SetAside(disk_, path);
  Note(absl::StrCat(
      path, " is not readable (", why.message(), "); ",
      aside.ok() ? absl::StrCat("set aside as ", *aside) : std::string(aside.status().message())));
}

void Recovery::Keep(const std::string& path, size_t bytes, bool is_whole,
                    std::vector<faultline::v1::Record> records) {
  Segment segment{path, FirstSeqOf(records.front()), records.back().seq(), bytes, {}};
  for (const faultline::v1::Record& record : records) Widen(&segment.when, WallRangeOf(record));
  covered_ = std::max(covered_, segment.last);
  found_.segments.push_back(std::move(segment));
  found_.tail = std::move(records);
  found_.can_continue = is_whole;
}

// Gives the size that the file has afterwards.
size_t Recovery::CutTail(const std::string& path, size_t bytes, size_t valid_bytes) {
  if (valid_bytes == bytes) return bytes;
  const auto file = disk_.Open(path, Disk::Mode::kContinue);
  absl::Status cut = file.status();
  if (cut.ok()) cut = (*file)->Truncate(valid_bytes);
  Note(absl::StrCat(path, ": cut an unfinished record of ", bytes - valid_bytes,
                    " bytes at its end", cut.ok() ? "" : absl::StrCat("; ", cut.message())));
  return cut.ok() ? valid_bytes : bytes;
}

void Recovery::AddFile(const std::string& path, bool is_last) {
  found_.found_any = true;
  absl::StatusOr<std::string> bytes = disk_.Read(path, kMaxSegmentFile);
  if (!bytes.ok()) return PutAside(path, bytes.status());
  FrameScan scan = ScanFrames(*bytes, stream_);
  if (scan.records.empty()) {
    if (scan.damaged) {
      return PutAside(path, absl::DataLossError("it holds no readable record"));
    }
    // Empty, or the beginning of a first write that never ended.
    disk_.Remove(path).IgnoreError();
    return;
  }
  if (scan.records.back().seq() <= covered_) {
    // Acknowledged, or repeated in a gap whose old segments were not all removed yet. The newest
    // stays, since the position is derived from it.
    if (is_last) {
      const size_t size =
          scan.damaged ? bytes->size() : CutTail(path, bytes->size(), scan.valid_bytes);
      Keep(path, size, !scan.damaged && size == scan.valid_bytes, std::move(scan.records));
    } else {
      disk_.Remove(path).IgnoreError();
    }
    return;
  }
  std::vector<faultline::v1::Record> records = scan.records;
  const bool missing =
      FillHoles(stream_, covered_, 0, start_number_, "the spool's file was damaged", &records);
  size_t size = bytes->size();
  bool is_whole = true;
  if (missing || scan.damaged) {
    const std::string whole = EncodeAll(records);
    std::string aside;
    const absl::Status written = scan.damaged ? Salvage(disk_, path, *bytes, whole, &aside)
                                              : ReplaceFile(disk_, path, whole);
    if (written.ok()) size = whole.size();
    is_whole = written.ok();
    // Where it could not be written, every reading fills the same holes again.
    Note(absl::StrCat(path, scan.damaged ? " was damaged" : " follows on missing records",
                      aside.empty() ? "" : absl::StrCat("; set aside as ", aside),
                      written.ok() ? "" : absl::StrCat("; ", written.message())));
  } else {
    size = CutTail(path, bytes->size(), scan.valid_bytes);
    is_whole = size == scan.valid_bytes;
  }
  Keep(path, size, is_whole, std::move(records));
}

}  // namespace

std::string StreamPrefix(faultline::v1::Stream stream) {
  return stream == faultline::v1::STREAM_TRANSITIONS ? "transitions" : "log-events";
}

std::string SegmentPath(const std::string& directory, faultline::v1::Stream stream,
                        uint64_t first_seq) {
  return absl::StrFormat("%s/%s-%020d.log", directory, StreamPrefix(stream), first_seq);
}

absl::StatusOr<RecoveredStream> RecoverStream(Disk& disk, const std::string& directory,
                                              faultline::v1::Stream stream, uint64_t acknowledged,
                                              uint64_t start_number) {
  const absl::StatusOr<std::vector<std::string>> names = disk.List(directory);
  if (!names.ok()) return names.status();
  std::vector<uint64_t> firsts;
  for (const std::string& name : *names) {
    uint64_t first = 0;
    if (ParseSegmentName(name, StreamPrefix(stream), &first)) firsts.push_back(first);
  }
  std::sort(firsts.begin(), firsts.end());
  Recovery recovery(disk, stream, acknowledged, start_number);
  for (const uint64_t first : firsts) {
    recovery.AddFile(SegmentPath(directory, stream, first), first == firsts.back());
  }
  BoundAside(disk, directory);
  return recovery.Finish();
}

absl::StatusOr<std::vector<faultline::v1::Record>> ReadSegment(Disk& disk, const Segment& segment,
                                                               faultline::v1::Stream stream,
                                                               uint64_t start_number) {
  const absl::StatusOr<std::string> bytes = disk.Read(segment.path, kMaxSegmentFile);
  if (absl::IsNotFound(bytes.status())) return bytes.status();
  std::vector<faultline::v1::Record> records;
  if (bytes.ok()) records = ScanFrames(*bytes, stream).records;
  while (!records.empty() && records.back().seq() > segment.last) records.pop_back();
  FillHoles(stream, segment.first - 1, segment.last, start_number,
            bytes.ok() ? "the spool's file was damaged" : "the spool's file could not be read",
            &records);
  return records;
}

}  // namespace faultline::spool
