// The spool's own thread: writes and fsyncs what is queued, keeps the bound, remembers what was
// acknowledged.
#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/spool/recovery.h"
#include "agent/spool/spool_impl.h"

namespace faultline::spool {
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
      const auto something = [&] {
        return stopping_ || retry_now_ || due() || (health_.ok() && HasUndurable());
      };
      if (!health_.ok()) {
        lock.WaitFor(wake_, kRetryDelay, [&] { return stopping_ || retry_now_; });
      } else if (acknowledged_dirty_) {
        lock.WaitFor(wake_, acknowledged_due_ - std::chrono::steady_clock::now(), something);
      } else {
        lock.Wait(wake_, [&] { return something() || acknowledged_dirty_; });
      }
      stop = stopping_;
      retry_now_ = false;
      write_acknowledged = due() || (stop && acknowledged_dirty_);
    }
    absl::Status status;
    for (size_t i = 0; i < kStreams; ++i) {
      const absl::Status wrote = WriteStream(i);
      if (status.ok()) status = wrote;
      if (wrote.ok()) EnforceBound(i).IgnoreError();  // over it for a while does no harm
    }
    if (write_acknowledged) {
      const absl::Status wrote = WriteAcknowledged();
      if (status.ok()) status = wrote;
    }
    {
      MutexLock lock(mutex_);
      health_ = status;
      ++attempts_;
    }
    written_.notify_all();
    if (stop) {
      if (status.ok()) CloseCleanly();
      return;
    }
  }
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
      const absl::Status status = writer.Begin(options_.directory, path);
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
  std::optional<Segment> gap;
  if (excess.back().last > acknowledged) {
    gap = Segment{"", std::max(excess.front().first, acknowledged + 1), excess.back().last, 0, {}};
    for (const Segment& segment : excess) Widen(&gap->when, segment.when);
    gap->path = SegmentPath(options_.directory, StreamOf(index), gap->first);
    const std::string frame =
        EncodeFrame(MakeGap(StreamOf(index), gap->first, gap->last, meta_.start_number, gap->when,
                            absl::StrCat("spool bound of ", bound >> 20, " MiB reached")));
    gap->bytes = frame.size();
    const absl::Status status = ReplaceFile(gap->path, frame);
    if (!status.ok()) return status;
  }
  {
    MutexLock lock(mutex_);
    queues_[index].Replace(excess, gap);
  }
  // Killed before this, the next Open finds them told of by the gap and removes them.
  for (const Segment& segment : excess) {
    if (!gap || segment.path != gap->path) unlink(segment.path.c_str());
  }
  return absl::OkStatus();
}

absl::Status SpoolImpl::WriteAcknowledged() {
  Positions positions{};
  {
    MutexLock lock(mutex_);
    for (size_t i = 0; i < kStreams; ++i) positions[i] = queues_[i].acknowledged();
    acknowledged_dirty_ = false;
  }
  const absl::Status status = SaveAcknowledged(Path("acknowledged"), positions);
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
  for (const Segment& segment : done) unlink(segment.path.c_str());
  return absl::OkStatus();
}

void SpoolImpl::CloseCleanly() {
  for (size_t i = 0; i < kStreams; ++i) {
    MutexLock lock(mutex_);
    used_.Raise(i, queues_[i].last_seq());
  }
  used_.Sync();
  Meta meta = meta_;
  meta.closed = true;
  SaveMeta(Path("meta"), meta).IgnoreError();  // then the next Open is merely more careful
}

}  // namespace faultline::spool
