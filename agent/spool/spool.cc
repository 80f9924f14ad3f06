#include "agent/spool/spool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/spool/recovery.h"
#include "agent/spool/spool_impl.h"

namespace faultline::spool {

using faultline::v1::Record;
using faultline::v1::Stream;

namespace {

constexpr std::chrono::seconds kAcknowledgedDelay{1};
// After a power loss more may have been sent than is on disk. Numbers are skipped by more than that
// can be, so that none is given twice.
constexpr uint64_t kPowerLossMargin = 1'000'000;

}  // namespace

SpoolImpl::SpoolImpl(const SpoolOptions& options, Disk& disk, Beginning beginning)
    : options_(options),
      disk_(disk),
      begun_(std::move(beginning)),
      used_(disk, Path("used")),
      queues_{StreamQueue(StreamOf(0), options.memory_bytes, options.max_undurable_bytes),
              StreamQueue(StreamOf(1), options.memory_bytes, options.max_undurable_bytes)},
      health_(begun_.trouble) {}

SpoolImpl::~SpoolImpl() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

absl::Status SpoolImpl::Recover() {
  Positions acknowledged{};
  if (const std::optional<Positions> found = LoadAcknowledged(disk_, Path("acknowledged"))) {
    acknowledged = *found;
  } else if (disk_.Exists(Path("acknowledged"))) {
    begun_.notes.push_back(
        absl::StrCat(Path("acknowledged"), " is damaged: records may be sent a second time"));
  }
  for (size_t i = 0; i < kStreams; ++i) {
    const absl::Status status = RecoverStreamOf(i, acknowledged[i]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status SpoolImpl::RecoverStreamOf(size_t index, uint64_t acknowledged) {
  absl::StatusOr<RecoveredStream> found =
      RecoverStream(disk_, options_.directory, StreamOf(index), acknowledged, start_number());
  if (!found.ok()) {
    // Where nothing can be made, nothing need be there.
    if (begun_.trouble.ok()) return found.status();
    begun_.notes.emplace_back(found.status().message());
    found = RecoveredStream{.last_seq = acknowledged};
  }
  for (std::string& note : found->notes) begun_.notes.push_back(std::move(note));

  MutexLock lock(mutex_);
  StreamQueue& queue = queues_[index];
  if (!found->segments.empty()) {
    const Segment& last = found->segments.back();
    writers_[index].Continue(disk_, last.path, last.bytes);
    if (!found->can_continue || last.bytes >= options_.segment_bytes / 2) writers_[index].Close();
  }
  queue.Restore(std::move(found->segments), found->last_seq, acknowledged,
                writers_[index].is_open(), found->tail);

  // Numbers that others may know although no segment holds them must not be given again.
  const std::optional<Positions>& mark = used_.found();
  const bool known =
      begun_.is_new || (begun_.trouble.ok() && mark && (begun_.was_closed || begun_.same_boot));
  const uint64_t marked = mark ? (*mark)[index] : 0;
  uint64_t used = std::max(found->last_seq, marked);
  if (!known && (found->found_any || used > 0)) used += kPowerLossMargin;
  if (used > queue.last_seq()) {
    const std::string why =
        known ? "the spool's file was lost or the agent was killed while the disk took nothing"
        : !begun_.trouble.ok()
            ? "the spool could not be written at the agent's start"
            : "the host went down at once: what was not yet on disk may be missing";
    begun_.notes.push_back(absl::StrCat(StreamPrefix(StreamOf(index)), ": numbers ",
                                        queue.last_seq() + 1, " to ", used, " are skipped: ", why));
    queue.AppendGap(used, start_number(), why);
  }
  return absl::OkStatus();
}

uint64_t SpoolImpl::Append(Stream stream, Record record) {
  uint64_t seq = 0;
  {
    MutexLock lock(mutex_);
    seq = queues_[IndexOf(stream)].Append(std::move(record), start_number());
  }
  wake_.notify_one();
  return seq;
}

const std::vector<Record>* SpoolImpl::LoadSegment(size_t index, const Segment& segment) {
  ReadAhead& ahead = read_ahead_[index];
  if (ahead.segment.path == segment.path && ahead.segment.last == segment.last &&
      ahead.segment.first == segment.first) {
    return &ahead.records;
  }
  absl::StatusOr<std::vector<Record>> records =
      ReadSegment(disk_, segment, StreamOf(index), start_number());
  if (!records.ok()) return nullptr;
  ahead = {segment, *std::move(records)};
  return &ahead.records;
}

std::vector<Record> SpoolImpl::ReadAfter(Stream stream, uint64_t after, size_t max_records) {
  const size_t index = IndexOf(stream);
  std::vector<Record> result;
  MutexLock read_lock(read_mutex_);
  // A segment may be replaced or go between the look-up and the reading; then look again. The third
  // time it is plainly gone, by whatever hand: a gap.
  for (int attempt = 1; result.empty(); ++attempt) {
    std::optional<Segment> segment;
    uint64_t durable = 0;
    {
      MutexLock lock(mutex_);
      StreamQueue& queue = queues_[index];
      after = std::max(after, queue.acknowledged());
      segment = queue.SegmentFor(after);
      if (!segment) result = queue.ReadMemory(after, max_records);
      if (!result.empty()) queue.MarkSent(result.back().seq());
      durable = queue.durable();
    }
    if (!segment) {
      read_ahead_[index] = {};
      if (!result.empty() && result.back().seq() > durable) {
        used_.Raise(index, result.back().seq());
      }
      return result;
    }
    const std::vector<Record>* records = LoadSegment(index, *segment);
    if (records == nullptr) {
      if (attempt < 3) continue;
      result.push_back(MakeGap(stream, std::max(segment->first, after + 1), segment->last,
                               start_number(), segment->when, "the spool's file has vanished"));
      return result;
    }
    auto record = std::upper_bound(records->begin(), records->end(), after,
                                   [](uint64_t seq, const Record& r) { return seq < r.seq(); });
    for (; record != records->end() && result.size() < max_records; ++record) {
      result.push_back(*record);
      if (record->has_gap() && record->gap().first_seq() <= after) {
        result.back().mutable_gap()->set_first_seq(after + 1);
      }
    }
    if (result.empty()) after = segment->last;
  }
  MutexLock lock(mutex_);
  queues_[index].MarkSent(result.back().seq());
  return result;
}

uint64_t SpoolImpl::last_seq(Stream stream) const {
  MutexLock lock(mutex_);
  return queues_[IndexOf(stream)].last_seq();
}

uint64_t SpoolImpl::acknowledged(Stream stream) const {
  MutexLock lock(mutex_);
  return queues_[IndexOf(stream)].acknowledged();
}

void SpoolImpl::Acknowledge(Stream stream, uint64_t seq) {
  {
    MutexLock lock(mutex_);
    StreamQueue& queue = queues_[IndexOf(stream)];
    if (seq <= queue.acknowledged()) return;
    queue.Acknowledge(seq, start_number());
    if (acknowledged_dirty_) return;
    acknowledged_dirty_ = true;
    acknowledged_due_ = std::chrono::steady_clock::now() + kAcknowledgedDelay;
  }
  wake_.notify_one();
}

absl::Status SpoolImpl::Flush() {
  MutexLock lock(mutex_);
  Positions wanted{};
  for (size_t i = 0; i < kStreams; ++i) wanted[i] = queues_[i].last_seq();
  const auto done = [&] {
    for (size_t i = 0; i < kStreams; ++i) {
      if (std::max(queues_[i].durable(), queues_[i].acknowledged()) < wanted[i]) return false;
    }
    return true;
  };
  // Of the attempt that is under way nobody knows how much of it saw.
  const uint64_t enough = attempts_ + (working_ ? 2 : 1);
  wanted_attempts_ = std::max(wanted_attempts_, enough);
  wake_.notify_one();
  lock.Wait(written_, [&] { return attempts_ >= enough && (!health_.ok() || done()); });
  return done() ? absl::OkStatus() : health_;
}

absl::Status SpoolImpl::health() const {
  MutexLock lock(mutex_);
  return health_;
}

SpoolStats SpoolImpl::stats() const {
  MutexLock lock(mutex_);
  SpoolStats stats;
  for (const StreamQueue& queue : queues_) {
    stats.disk_bytes += queue.disk_bytes();
    stats.undurable_bytes += queue.undurable_bytes();
    stats.dropped += queue.dropped();
  }
  return stats;
}

}  // namespace faultline::spool
