#include "agent/spool/recovery.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "agent/spool/file_io.h"
#include "agent/spool/frame.h"

namespace faultline::spool {
namespace {

constexpr size_t kMaxSegmentFile = 64u << 20;  // nothing that the spool writes comes near
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

// Keeps the damaged bytes under another name, then puts `bytes` in their place. In this order and
// with a copy, so that no kill in between leaves neither.
absl::Status Salvage(const std::string& path, const std::string& damaged, std::string_view bytes,
                     std::string* aside) {
  for (int attempt = 1; attempt <= 1000; ++attempt) {
    *aside = attempt == 1 ? path + ".bad" : absl::StrCat(path, ".", attempt, ".bad");
    if (access(aside->c_str(), F_OK) == 0) continue;
    const absl::Status copied = ReplaceFile(*aside, damaged);
    if (!copied.ok()) {
      aside->clear();
      return copied;
    }
    return ReplaceFile(path, bytes);
  }
  return absl::ResourceExhaustedError(absl::StrCat("too many files ", path, ".*.bad"));
}

class Recovery {
 public:
  Recovery(faultline::v1::Stream stream, uint64_t acknowledged, uint64_t start_number)
      : stream_(stream), covered_(acknowledged), start_number_(start_number) {}

  void AddFile(const std::string& path, bool is_last);
  RecoveredStream Finish() {
    found_.last_seq = covered_;
    return std::move(found_);
  }

 private:
  void Note(std::string note) { found_.notes.push_back(std::move(note)); }
  void PutAside(const std::string& path, const absl::Status& why);
  void Keep(const std::string& path, size_t bytes, std::vector<faultline::v1::Record> records);

  const faultline::v1::Stream stream_;
  uint64_t covered_;  // everything up to here is read, told of as a gap, or acknowledged
  const uint64_t start_number_;
  RecoveredStream found_;
};

void Recovery::PutAside(const std::string& path, const absl::Status& why) {
  const absl::StatusOr<std::string> aside = SetAside(path);
  Note(absl::StrCat(
      path, " is not readable (", why.message(), "); ",
      aside.ok() ? absl::StrCat("set aside as ", *aside) : std::string(aside.status().message())));
}

void Recovery::Keep(const std::string& path, size_t bytes,
                    std::vector<faultline::v1::Record> records) {
  Segment segment{path, FirstSeqOf(records.front()), records.back().seq(), bytes, {}};
  for (const faultline::v1::Record& record : records) Widen(&segment.when, WallRangeOf(record));
  covered_ = std::max(covered_, segment.last);
  found_.segments.push_back(std::move(segment));
  found_.tail = std::move(records);
}

void Recovery::AddFile(const std::string& path, bool is_last) {
  found_.found_any = true;
  absl::StatusOr<std::string> bytes = ReadFile(path, kMaxSegmentFile);
  if (!bytes.ok()) return PutAside(path, bytes.status());
  FrameScan scan = ScanFrames(*bytes, stream_);
  if (scan.records.empty()) {
    if (scan.damaged) {
      return PutAside(path, absl::DataLossError("it holds no readable record"));
    }
    // Empty, or the beginning of a first write that never ended.
    unlink(path.c_str());
    return;
  }
  if (scan.records.back().seq() <= covered_) {
    // Acknowledged, or repeated in a gap whose old segments were not all removed yet. The newest
    // stays, since the position is derived from it.
    if (is_last) {
      Keep(path, bytes->size(), std::move(scan.records));
    } else {
      unlink(path.c_str());
    }
    return;
  }
  std::vector<faultline::v1::Record> records = scan.records;
  const bool missing =
      FillHoles(stream_, covered_, 0, start_number_, "the spool's file was damaged", &records);
  size_t size = bytes->size();
  if (missing || scan.damaged) {
    const std::string whole = EncodeAll(records);
    std::string aside;
    const absl::Status written =
        scan.damaged ? Salvage(path, *bytes, whole, &aside) : ReplaceFile(path, whole);
    if (written.ok()) size = whole.size();
    // Where it could not be written, every reading fills the same holes again.
    Note(absl::StrCat(path, scan.damaged ? " was damaged" : " follows on missing records",
                      aside.empty() ? "" : absl::StrCat("; set aside as ", aside),
                      written.ok() ? "" : absl::StrCat("; ", written.message())));
  } else if (scan.valid_bytes < bytes->size()) {
    if (truncate(path.c_str(), static_cast<off_t>(scan.valid_bytes)) == 0) size = scan.valid_bytes;
    Note(absl::StrCat(path, ": cut an unfinished record of ", bytes->size() - scan.valid_bytes,
                      " bytes at its end"));
  }
  Keep(path, size, std::move(records));
}

}  // namespace

std::string StreamPrefix(faultline::v1::Stream stream) {
  return stream == faultline::v1::STREAM_TRANSITIONS ? "transitions" : "log-events";
}

std::string SegmentPath(const std::string& directory, faultline::v1::Stream stream,
                        uint64_t first_seq) {
  return absl::StrFormat("%s/%s-%020d.log", directory, StreamPrefix(stream), first_seq);
}

absl::StatusOr<RecoveredStream> RecoverStream(const std::string& directory,
                                              faultline::v1::Stream stream, uint64_t acknowledged,
                                              uint64_t start_number) {
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(directory);
  if (!names.ok()) return names.status();
  std::vector<uint64_t> firsts;
  for (const std::string& name : *names) {
    uint64_t first = 0;
    if (ParseSegmentName(name, StreamPrefix(stream), &first)) firsts.push_back(first);
  }
  std::sort(firsts.begin(), firsts.end());
  Recovery recovery(stream, acknowledged, start_number);
  for (const uint64_t first : firsts) {
    recovery.AddFile(SegmentPath(directory, stream, first), first == firsts.back());
  }
  return recovery.Finish();
}

absl::StatusOr<std::vector<faultline::v1::Record>> ReadSegment(const Segment& segment,
                                                               faultline::v1::Stream stream,
                                                               uint64_t start_number) {
  const absl::StatusOr<std::string> bytes = ReadFile(segment.path, kMaxSegmentFile);
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
