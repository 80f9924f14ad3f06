// Any bytes in the place of segments: opening a spool on them ends, and what it then gives out has
// no holes and is bounded by what is there.
// fuzz-sources: agent/spool/recovery.cc agent/spool/frame.cc agent/spool/aside.cc
// fuzz-sources: agent/spool/file_io.cc
// fuzz-libs: faultline_proto PkgConfig::ZLIB
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "agent/spool/file_io.h"
#include "agent/spool/frame.h"
#include "agent/spool/recovery.h"

namespace faultline::spool {
namespace {

// Files in memory: fast, and nothing of the machine is touched.
class MemoryDisk : public Disk {
 public:
  std::map<std::string, std::string> files;

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override {
    if (mode == Mode::kContinue && !files.contains(path)) return absl::NotFoundError(path);
    std::string& bytes = files[path];
    if (mode == Mode::kCreate) bytes.clear();
    return std::make_unique<MemoryFile>(bytes);
  }
  absl::StatusOr<std::string> Read(const std::string& path, size_t max_bytes) override {
    const auto found = files.find(path);
    if (found == files.end()) return absl::NotFoundError(path);
    if (found->second.size() > max_bytes) return absl::OutOfRangeError(path);
    return found->second;
  }
  bool Exists(const std::string& path) override { return files.contains(path); }
  absl::StatusOr<uint64_t> SizeOf(const std::string& path) override { return files[path].size(); }
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    std::vector<std::string> names;
    for (const auto& [path, bytes] : files) names.push_back(path.substr(directory.size() + 1));
    return names;
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    std::string bytes = std::move(files[from]);
    files.erase(from);
    files[to] = std::move(bytes);
    return absl::OkStatus();
  }
  absl::Status Remove(const std::string& path) override {
    files.erase(path);
    return absl::OkStatus();
  }
  absl::Status SyncDirectory(const std::string&) override { return absl::OkStatus(); }
  absl::Status MakeDirectory(const std::string&) override { return absl::OkStatus(); }
  absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string&) override {
    return std::make_unique<DirectoryLock>();
  }

 private:
  class MemoryFile : public File {
   public:
    explicit MemoryFile(std::string& bytes) : bytes_(bytes) {}
    absl::Status Append(std::string_view bytes) override {
      bytes_.append(bytes);
      return absl::OkStatus();
    }
    absl::Status Overwrite(std::string_view bytes) override {
      bytes_.replace(0, bytes.size(), bytes);
      return absl::OkStatus();
    }
    absl::Status Truncate(uint64_t size) override {
      bytes_.resize(size);
      return absl::OkStatus();
    }
    absl::StatusOr<uint64_t> Size() override { return bytes_.size(); }
    absl::Status Sync() override { return absl::OkStatus(); }

   private:
    std::string& bytes_;
  };
};

constexpr auto kStream = faultline::v1::STREAM_TRANSITIONS;
constexpr char kDirectory[] = "/spool";

void Require(bool holds) {
  if (!holds) std::abort();
}

// Gives the highest number.
uint64_t RequireWithoutHoles(const RecoveredStream& found, Disk& disk, uint64_t acknowledged) {
  uint64_t covered = acknowledged;
  for (const Segment& segment : found.segments) {
    const auto records = ReadSegment(disk, segment, kStream, 1);
    Require(records.ok());
    for (const faultline::v1::Record& record : *records) {
      if (record.seq() <= covered) continue;
      Require(FirstSeqOf(record) == covered + 1);
      covered = record.seq();
    }
  }
  return covered;
}

}  // namespace
}  // namespace faultline::spool

// The first byte says how many bytes the first segment takes of the rest (in 16ths); the second is
// the position that is acknowledged.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace faultline::spool;  // NOLINT(google-build-using-namespace): a program of its own
  if (size < 2) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t cut = bytes.size() * (data[0] & 15) / 16;
  const uint64_t acknowledged = data[1];
  MemoryDisk disk;
  disk.files[SegmentPath(kDirectory, kStream, 1)] = bytes.substr(0, cut);
  disk.files[SegmentPath(kDirectory, kStream, 2)] = bytes.substr(cut);

  const auto first = RecoverStream(disk, kDirectory, kStream, acknowledged, 1);
  Require(first.ok());
  Require(first->last_seq <= kMaxSeq);
  const uint64_t last = RequireWithoutHoles(*first, disk, acknowledged);
  Require(last <= first->last_seq);
  // What was mended once is whole the second time.
  const auto second = RecoverStream(disk, kDirectory, kStream, acknowledged, 1);
  Require(second.ok());
  Require(second->last_seq == first->last_seq);
  Require(RequireWithoutHoles(*second, disk, acknowledged) == last);
  return 0;
}
