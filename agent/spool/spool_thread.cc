// The spool's own thread: writes and fsyncs what is queued, keeps the bound, remembers what was
// acknowledged.
#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/spool/compaction.h"
#include "agent/spool/recovery.h"
#include "agent/spool/spool_impl.h"

namespace faultline::spool {

using faultline::v1::Record;

namespace {

constexpr size_t kMaxBatchBytes = 256u << 10;
constexpr std::chrono::seconds kRetryDelay{1};

}  // namespace

bool SpoolImpl::HasUndurable() const {
  return std::any_of(queues_.begin(), queues_.end(),
                     [](const StreamQueue& queue) { return queue.has_undurable(); });
}

void SpoolImpl::Run() {
  while (true) {
    bool stop = false;
    bool write_acknowledged = false;
    {
      MutexLock lock(mutex_);
      const auto due = [this] {
        return acknowledged_dirty_ && std::chrono::steady_clock::now() >= acknowledged_due_;
      };
      const auto asked = [this] { return stopping_ || attempts_ < wanted_attempts_; };
      const auto something = [&] { return asked() || due() || (health_.ok() && HasUndurable()); };
      if (!health_.ok()) {
        lock.WaitFor(wake_, kRetryDelay, asked);
      } else if (acknowledged_dirty_) {
        lock.WaitFor(wake_, acknowledged_due_ - std::chrono::steady_clock::now(), something);
      } else {
        lock.Wait(wake_, [&] { return something() || acknowledged_dirty_; });
      }
      stop = stopping_;
      working_ = true;
      write_acknowledged = acknowledged_dirty_ && (stop || !health_.ok() || due());
    }
    const absl::Status status = WriteAll(write_acknowledged);
    {
      MutexLock lock(mutex_);
      health_ = status;
      working_ = false;
      ++attempts_;
    }
    written_.notify_all();
    if (stop) {
      if (status.ok()) CloseCleanly();
      return;
    }
  }
}

absl::Status SpoolImpl::WriteAll(bool write_acknowledged) {
  absl::Status status = Establish();
  if (!status.ok()) return status;
  // First: on a full disk it frees what is acknowledged.
  if (write_acknowledged) status = WriteAcknowledged();
  for (size_t i = 0; i < kStreams; ++i) {
    const absl::Status wrote = WriteStream(i);
    if (status.ok()) status = wrote;
    EnforceBound(i).IgnoreError();  // over it for a while does no harm
  }
  return status;
}

// Nothing is written into a directory that is not ours, or under a start number that is not
// durable.
absl::Status SpoolImpl::Establish() {
  if (begun_.trouble.ok()) return absl::OkStatus();
  begun_.trouble = MakeDirectories(disk_, options_.directory);
  if (begun_.trouble.ok() && begun_.lock == nullptr) {
    auto lock = disk_.Lock(Path("lock"));
    if (lock.ok()) begun_.lock = *std::move(lock);
    begun_.trouble = lock.status();
  }
  if (begun_.trouble.ok()) begun_.trouble = SaveMeta(disk_, Path("meta"), begun_.meta);
  return begun_.trouble;
}

absl::Status SpoolImpl::WriteStream(size_t index) {
  SegmentWriter& writer = writers_[index];
  while (true) {
    Batch batch;
    bool begin = false;
    bool hole = false;
    {
      MutexLock lock(mutex_);
      StreamQueue& queue = queues_[index];
      batch = queue.NextBatch(kMaxBatchBytes);
      if (batch.bytes.empty()) return absl::OkStatus();
      const Segment* active = queue.active();
      hole = batch.first != queue.durable() + 1;
      begin =
          active == nullptr || !writer.is_open() || hole || active->bytes >= options_.segment_bytes;
      if (begin) queue.CloseActive();
    }
    std::string path;
    if (begin) {
      // What is missing in between was acknowledged before it could be written. That must be known
      // on disk first, or the next Open would tell of a loss.
      if (hole) {
        const absl::Status status = WriteAcknowledged();
        if (!status.ok()) return status;
      }
      path = SegmentPath(options_.directory, StreamOf(index), batch.first);
      const absl::Status status = writer.Begin(disk_, path);
      if (!status.ok()) return status;
    }
    const absl::Status status = writer.Write(batch.bytes);
    if (!status.ok()) {
      // The queue does not know of a segment that got nothing: the next attempt begins it anew.
      if (begin) writer.Close();
      return status;
    }
    used_.Raise(index, batch.last);
    {
      MutexLock lock(mutex_);
      queues_[index].MarkDurable(batch, path);
    }
  }
}

absl::Status SpoolImpl::EnforceBound(size_t index) {
  const size_t bound = index == 0 ? options_.max_transition_bytes : options_.max_log_event_bytes;
  std::vector<Segment> excess;
  uint64_t acknowledged = 0;
  {
    MutexLock lock(mutex_);
    excess = queues_[index].Excess(bound);
    acknowledged = queues_[index].acknowledged();
  }
  if (excess.empty()) return absl::OkStatus();
  std::optional<Segment> rest;
  uint64_t dropped = 0;
  const std::vector<Record> kept = Compacted(index, excess, acknowledged, &dropped);
  if (!kept.empty()) {
    std::string frames;
    rest = Segment{"", FirstSeqOf(kept.front()), kept.back().seq(), 0, {}};
    for (const Record& record : kept) {
      frames += EncodeFrame(record);
      Widen(&rest->when, WallRangeOf(record));
    }
    rest->path = SegmentPath(options_.directory, StreamOf(index), rest->first);
    rest->bytes = frames.size();
    const absl::Status status = ReplaceFile(disk_, rest->path, frames);
    if (!status.ok()) return status;
  }
  {
    MutexLock lock(mutex_);
    queues_[index].Replace(excess, rest);
    queues_[index].AddDropped(dropped);
  }
  // Killed before this, the next Open finds them told of by the new one and removes them.
  for (const Segment& segment : excess) {
    if (!rest || segment.path != rest->path) disk_.Remove(segment.path).IgnoreError();
  }
  return absl::OkStatus();
}

// What is to stand in place of `excess`: everything above `acknowledged`, most of it as gaps.
std::vector<Record> SpoolImpl::Compacted(size_t index, const std::vector<Segment>& excess,
                                         uint64_t acknowledged, uint64_t* dropped) {
  const size_t bound = index == 0 ? options_.max_transition_bytes : options_.max_log_event_bytes;
  std::vector<Record> records;
  std::vector<CompactItem> items;
  size_t bytes = 0;
  for (const Segment& segment : excess) {
    const auto read = ReadSegment(disk_, segment, StreamOf(index), start_number());
    const std::vector<Record> vanished = {MakeGap(StreamOf(index), segment.first, segment.last,
                                                  start_number(), segment.when,
                                                  "the spool's file has vanished")};
    for (Record record : read.ok() ? *read : vanished) {
      if (record.seq() <= acknowledged) continue;
      if (FirstSeqOf(record) <= acknowledged) {
        record.mutable_gap()->set_first_seq(acknowledged + 1);
      }
      items.push_back({FirstSeqOf(record), record.seq(), CheckKeyOf(record),
                       record.ByteSizeLong() + kFrameHeaderBytes, WallRangeOf(record)});
      bytes += items.back().bytes;
      records.push_back(std::move(record));
    }
  }
  std::vector<Record> kept;
  for (const CompactPart& part : PlanCompaction(items, bytes / 2)) {
    if (part.kept != CompactPart::kGap) {
      kept.push_back(std::move(records[part.kept]));
      continue;
    }
    *dropped += part.dropped;
    kept.push_back(MakeGap(StreamOf(index), part.first, part.last, start_number(), part.when,
                           absl::StrCat("spool bound of ", bound >> 20, " MiB reached")));
  }
  return kept;
}

absl::Status SpoolImpl::WriteAcknowledged() {
  Positions positions{};
  {
    MutexLock lock(mutex_);
    for (size_t i = 0; i < kStreams; ++i) positions[i] = queues_[i].acknowledged();
    acknowledged_dirty_ = false;
  }
  const absl::Status status = SaveAcknowledged(disk_, Path("acknowledged"), positions);
  std::vector<Segment> done;
  {
    MutexLock lock(mutex_);
    if (!status.ok()) {
      acknowledged_dirty_ = true;
      acknowledged_due_ = std::chrono::steady_clock::now() + kRetryDelay;
      return status;
    }
    for (size_t i = 0; i < kStreams; ++i) {
      for (Segment& segment : queues_[i].TakeAcknowledged(positions[i])) {
        done.push_back(std::move(segment));
      }
    }
  }
  for (const Segment& segment : done) disk_.Remove(segment.path).IgnoreError();
  return absl::OkStatus();
}

void SpoolImpl::CloseCleanly() {
  for (size_t i = 0; i < kStreams; ++i) {
    MutexLock lock(mutex_);
    used_.Raise(i, queues_[i].last_seq());
  }
  used_.Sync();
  Meta meta = begun_.meta;
  meta.closed = true;
  SaveMeta(disk_, Path("meta"), meta).IgnoreError();  // then the next Open is merely more careful
}

}  // namespace faultline::spool
