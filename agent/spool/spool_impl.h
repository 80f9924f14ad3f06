// The spool's insides: the caller's side is in spool.cc, the thread's in spool_thread.cc.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/spool/file_io.h"
#include "agent/spool/marks.h"
#include "agent/spool/segment_writer.h"
#include "agent/spool/spool.h"
#include "agent/spool/stream_queue.h"
#include "common/mutex.h"

namespace faultline::spool {

constexpr size_t IndexOf(faultline::v1::Stream stream) {
  return stream == faultline::v1::STREAM_LOG_EVENTS;
}
constexpr faultline::v1::Stream StreamOf(size_t index) {
  return index == 0 ? faultline::v1::STREAM_TRANSITIONS : faultline::v1::STREAM_LOG_EVENTS;
}

class SpoolImpl : public Spool {
 public:
  // What Open found before the segments are read.
  struct Beginning {
    std::unique_ptr<Disk> own_disk;  // null where the options bring one
    std::unique_ptr<DirectoryLock> lock;
    Meta meta;
    std::vector<std::string> notes;
    absl::Status trouble;  // why `lock` or `meta` is not there yet
    bool is_new = false;
    bool was_closed = false;
    bool same_boot = false;
  };

  SpoolImpl(const SpoolOptions& options, Disk& disk, Beginning beginning);
  ~SpoolImpl() override;

  absl::Status Recover();
  void Start() {
    thread_ = std::thread([this] { Run(); });
  }

  const std::string& id() const override { return begun_.meta.id; }
  uint64_t start_number() const override { return begun_.meta.start_number; }
  const std::vector<std::string>& notes() const override { return begun_.notes; }
  uint64_t Append(faultline::v1::Stream stream, faultline::v1::Record record) override;
  std::vector<faultline::v1::Record> ReadAfter(faultline::v1::Stream stream, uint64_t after,
                                               size_t max_records) override;
  uint64_t last_seq(faultline::v1::Stream stream) const override;
  uint64_t acknowledged(faultline::v1::Stream stream) const override;
  void Acknowledge(faultline::v1::Stream stream, uint64_t seq) override;
  absl::Status Flush() override;
  absl::Status health() const override;
  SpoolStats stats() const override;

 private:
  // A closed segment read whole, while the link goes through it in batches.
  struct ReadAhead {
    Segment segment;
    std::vector<faultline::v1::Record> records;
  };

  std::string Path(const char* name) const { return options_.directory + "/" + name; }
  const std::vector<faultline::v1::Record>* LoadSegment(size_t index, const Segment& segment)
      FAULTLINE_REQUIRES(read_mutex_);

  absl::Status RecoverStreamOf(size_t index, uint64_t acknowledged);
  void Run();
  absl::Status WriteAll(bool write_acknowledged);
  absl::Status Establish();
  bool HasUndurable() const FAULTLINE_REQUIRES(mutex_);
  absl::Status WriteStream(size_t index);
  absl::Status EnforceBound(size_t index);
  std::vector<faultline::v1::Record> Compacted(size_t index, const std::vector<Segment>& excess,
                                               uint64_t acknowledged, uint64_t* dropped);
  absl::Status WriteAcknowledged();
  void CloseCleanly();

  const SpoolOptions options_;
  Disk& disk_;
  Beginning begun_;  // lock and trouble are the thread's own once it runs
  UsedMark used_;

  // Taken before mutex_ where both are.
  Mutex read_mutex_;
  std::array<ReadAhead, kStreams> read_ahead_ FAULTLINE_GUARDED_BY(read_mutex_);

  mutable Mutex mutex_;
  std::condition_variable wake_;     // the thread has something to do
  std::condition_variable written_;  // the thread has done or tried it
  std::array<StreamQueue, kStreams> queues_ FAULTLINE_GUARDED_BY(mutex_);
  absl::Status health_ FAULTLINE_GUARDED_BY(mutex_);
  // Attempts to write that have ended, whether one is under way, and how many are wanted at once.
  uint64_t attempts_ FAULTLINE_GUARDED_BY(mutex_) = 0;
  bool working_ FAULTLINE_GUARDED_BY(mutex_) = false;
  uint64_t wanted_attempts_ FAULTLINE_GUARDED_BY(mutex_) = 0;
  bool acknowledged_dirty_ FAULTLINE_GUARDED_BY(mutex_) = false;
  std::chrono::steady_clock::time_point acknowledged_due_ FAULTLINE_GUARDED_BY(mutex_);
  bool stopping_ FAULTLINE_GUARDED_BY(mutex_) = false;

  std::array<SegmentWriter, kStreams> writers_;  // the thread's own
  std::thread thread_;
};

}  // namespace faultline::spool
