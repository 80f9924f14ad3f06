#include "agent/spool/spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
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

SpoolImpl::SpoolImpl(const SpoolOptions& options, FileDescriptor lock, Meta meta,
                     std::vector<std::string> notes)
    : options_(options),
      lock_(std::move(lock)),
      meta_(std::move(meta)),
      used_(Path("used")),
      notes_(std::move(notes)),
      queues_{StreamQueue(StreamOf(0), options.memory_bytes, options.max_undurable_bytes),
              StreamQueue(StreamOf(1), options.memory_bytes, options.max_undurable_bytes)} {}

SpoolImpl::~SpoolImpl() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

absl::Status SpoolImpl::Recover(bool was_closed, bool is_new, bool same_boot) {
  Positions acknowledged{};
  if (const std::optional<Positions> found = LoadAcknowledged(Path("acknowledged"))) {
    acknowledged = *found;
  } else if (access(Path("acknowledged").c_str(), F_OK) == 0) {
    notes_.push_back(
        absl::StrCat(Path("acknowledged"), " is damaged: records may be sent a second time"));
  }
  for (size_t i = 0; i < kStreams; ++i) {
    absl::StatusOr<RecoveredStream> found =
        RecoverStream(options_.directory, StreamOf(i), acknowledged[i], meta_.start_number);
    if (!found.ok()) return found.status();
    for (std::string& note : found->notes) notes_.push_back(std::move(note));

    MutexLock lock(mutex_);
    StreamQueue& queue = queues_[i];
    const bool go_on =
        !found->segments.empty() && found->segments.back().bytes < options_.segment_bytes / 2;
    if (go_on) writers_[i].Continue(found->segments.back().path, found->segments.back().bytes);
    queue.Restore(std::move(found->segments), found->last_seq, acknowledged[i],
                  writers_[i].is_open(), found->tail);

    // Numbers that others may know although no segment holds them must not be given again.
    const std::optional<Positions>& mark = used_.found();
    const bool known = is_new || (mark && (was_closed || same_boot));
    const uint64_t marked = mark ? (*mark)[i] : 0;
    uint64_t used = std::max(found->last_seq, marked);
    if (!known && (found->found_any || used > 0)) used += kPowerLossMargin;
    if (used > queue.last_seq()) {
      const std::string why =
          known ? "the spool's file was lost or the agent was killed while the disk took nothing"
                : "the host went down at once: what was not yet on disk may be missing";
      notes_.push_back(absl::StrCat(StreamPrefix(StreamOf(i)), ": numbers ", queue.last_seq() + 1,
                                    " to ", used, " are skipped: ", why));
      queue.AppendGap(used, meta_.start_number, why);
    }
  }
  return absl::OkStatus();
}

uint64_t SpoolImpl::Append(Stream stream, Record record) {
  uint64_t seq = 0;
  {
    MutexLock lock(mutex_);
    seq = queues_[IndexOf(stream)].Append(std::move(record), meta_.start_number);
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
      ReadSegment(segment, StreamOf(index), meta_.start_number);
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
      const StreamQueue& queue = queues_[index];
      after = std::max(after, queue.acknowledged());
      segment = queue.SegmentFor(after);
      if (!segment) result = queue.ReadMemory(after, max_records);
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
                               meta_.start_number, segment->when, "the spool's file has vanished"));
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
    queue.Acknowledge(seq);
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
  const uint64_t before = attempts_;
  retry_now_ = true;
  wake_.notify_one();
  // Two attempts: the first may have begun before the call.
  lock.Wait(written_, [&] { return health_.ok() ? done() : attempts_ >= before + 2; });
  return done() ? absl::OkStatus() : health_;
}

absl::Status SpoolImpl::health() const {
  MutexLock lock(mutex_);
  return health_;
}

namespace {

absl::Status MakeDirectory(const std::string& directory) {
  // state_dir itself is made too: a first start needs no preparation.
  const size_t slash = directory.rfind('/');
  if (slash != std::string::npos && slash > 0) mkdir(directory.substr(0, slash).c_str(), 0700);
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return FileError("make the directory", directory, errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<FileDescriptor> LockDirectory(const std::string& directory) {
  const std::string path = directory + "/lock";
  FileDescriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return FileError("open", path, errno);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the spool ", directory,
        " is in use by another process; is an agent already running with this state_dir?"));
  }
  return fd;
}

void RemoveUnfinished(const std::string& directory) {
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(directory);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (absl::EndsWith(name, ".tmp")) unlink((directory + "/" + name).c_str());
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(const SpoolOptions& options) {
  SpoolOptions bounded = options;
  bounded.segment_bytes = std::min(
      {bounded.segment_bytes, bounded.max_transition_bytes / 4, bounded.max_log_event_bytes / 4});
  absl::Status made = MakeDirectory(bounded.directory);
  if (!made.ok()) return made;
  absl::StatusOr<FileDescriptor> lock = LockDirectory(bounded.directory);
  if (!lock.ok()) return lock.status();
  RemoveUnfinished(bounded.directory);

  const std::string meta_path = bounded.directory + "/meta";
  std::vector<std::string> notes;
  std::optional<Meta> before = LoadMeta(meta_path);
  if (!before && access(meta_path.c_str(), F_OK) == 0) {
    const absl::StatusOr<std::string> aside = SetAside(meta_path);
    if (!aside.ok()) return aside.status();
    notes.push_back(absl::StrCat(meta_path, " is damaged, set aside as ", *aside,
                                 "; the spool goes on under a new id"));
  }
  Meta meta = before.value_or(Meta{NewSpoolId(), 0, "", false});
  const std::string boot_id = BootId();
  const bool was_closed = before && before->closed;
  const bool same_boot = before && !boot_id.empty() && before->boot_id == boot_id;
  meta.boot_id = boot_id;
  meta.start_number += 1;
  meta.closed = false;
  absl::Status saved = SaveMeta(meta_path, meta);
  if (!saved.ok()) return saved;

  auto spool = std::make_unique<SpoolImpl>(bounded, *std::move(lock), meta, std::move(notes));
  absl::Status recovered = spool->Recover(was_closed, !before.has_value(), same_boot);
  if (!recovered.ok()) return recovered;
  spool->Start();
  return std::unique_ptr<Spool>(std::move(spool));
}

}  // namespace faultline::spool
