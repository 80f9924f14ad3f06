#include "agent/spool/stream_queue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/spool/compaction.h"

namespace faultline::spool {

StreamQueue::StreamQueue(faultline::v1::Stream stream, size_t max_memory, size_t max_undurable)
    : stream_(stream), max_memory_(max_memory), max_undurable_(max_undurable) {}

void StreamQueue::Restore(std::vector<Segment> segments, uint64_t last_seq, uint64_t acknowledged,
                          bool continue_last, const std::vector<faultline::v1::Record>& tail) {
  segments_ = std::move(segments);
  last_seq_ = durable_ = last_seq;
  acknowledged_ = acknowledged;
  active_ = continue_last;
  own_from_ = last_seq + 1;
  for (const faultline::v1::Record& record : tail) {
    if (record.seq() > acknowledged_) Push(record, true);
  }
}

std::deque<StreamQueue::Entry>::const_iterator StreamQueue::After(uint64_t seq) const {
  return std::upper_bound(entries_.begin(), entries_.end(), seq,
                          [](uint64_t wanted, const Entry& e) { return wanted < e.seq; });
}

StreamQueue::Entry StreamQueue::MakeEntry(const faultline::v1::Record& record) const {
  return {FirstSeqOf(record), record.seq(), CheckKeyOf(record), EncodeFrame(record),
          WallRangeOf(record)};
}

void StreamQueue::Push(const faultline::v1::Record& record, bool durable) {
  Entry entry = MakeEntry(record);
  entry_bytes_ += entry.frame.size();
  if (!durable) undurable_bytes_ += entry.frame.size();
  entries_.push_back(std::move(entry));
}

uint64_t StreamQueue::Append(faultline::v1::Record record, uint64_t start_number) {
  const uint64_t seq = ++last_seq_;
  record.set_stream(stream_);
  record.set_seq(seq);
  record.set_start_number(start_number);
  if (record.has_gap()) {  // one that is numbered anew: it still says that something is missing
    record.mutable_gap()->set_first_seq(seq);
    record.mutable_gap()->set_last_seq(seq);
  }
  if (record.ByteSizeLong() > kMaxPayloadBytes) {
    const std::string why = absl::StrCat("a record of more than ", kMaxPayloadBytes >> 10, " KiB");
    record = MakeGap(stream_, seq, seq, start_number, WallRangeOf(record), why);
  }
  Push(record, false);
  TrimUndurable(start_number);
  return seq;
}

void StreamQueue::AppendGap(uint64_t to, uint64_t start_number, const std::string& why) {
  const uint64_t first = last_seq_ + 1;
  last_seq_ = to;
  own_from_ = to + 1;
  Push(MakeGap(stream_, first, to, start_number, {}, why), false);
}

void StreamQueue::Acknowledge(uint64_t seq, uint64_t start_number) {
  if (seq <= acknowledged_ || seq > kMaxSeq) return;
  const std::vector<faultline::v1::Record> anew = TakeClashing(seq);
  const uint64_t given = last_seq_;
  acknowledged_ = seq;
  // The collector knows more than is here: what follows must not repeat those numbers.
  last_seq_ = std::max(last_seq_, seq);
  while (!entries_.empty() && entries_.front().seq <= seq) {
    entry_bytes_ -= entries_.front().frame.size();
    if (entries_.front().seq > durable_) undurable_bytes_ -= entries_.front().frame.size();
    entries_.pop_front();
  }
  if (anew.empty()) return;
  if (given > seq) {
    Push(MakeGap(stream_, seq + 1, given, start_number, {},
                 "numbers of an earlier run were given again; the records follow"),
         given <= durable_);
  }
  for (const faultline::v1::Record& record : anew) Append(record, start_number);
}

// The records of this run that were not sent yet, when the first of them bears a number up to
// `seq`: it is another record that the collector has under that number.
std::vector<faultline::v1::Record> StreamQueue::TakeClashing(uint64_t seq) {
  std::vector<faultline::v1::Record> records;
  const auto begin = After(std::max(sent_, own_from_ - 1));
  if (begin == entries_.end() || begin->first > seq) return records;
  for (auto entry = begin; entry != entries_.end(); ++entry) {
    faultline::v1::Record& record = records.emplace_back();
    record.ParseFromArray(entry->frame.data() + kFrameHeaderBytes,
                          static_cast<int>(entry->frame.size() - kFrameHeaderBytes));
    entry_bytes_ -= entry->frame.size();
    if (entry->seq > durable_) undurable_bytes_ -= entry->frame.size();
  }
  entries_.erase(begin, entries_.end());
  return records;
}

std::vector<faultline::v1::Record> StreamQueue::ReadMemory(uint64_t after,
                                                           size_t max_records) const {
  after = std::max(after, acknowledged_);
  std::vector<faultline::v1::Record> records;
  for (auto entry = After(after); entry != entries_.end() && records.size() < max_records;
       ++entry) {
    faultline::v1::Record& record = records.emplace_back();
    record.ParseFromArray(entry->frame.data() + kFrameHeaderBytes,
                          static_cast<int>(entry->frame.size() - kFrameHeaderBytes));
    if (record.has_gap() && record.gap().first_seq() <= after) {
      record.mutable_gap()->set_first_seq(after + 1);
    }
  }
  return records;
}

std::optional<Segment> StreamQueue::SegmentFor(uint64_t after) const {
  after = std::max(after, acknowledged_);
  if (!entries_.empty() && entries_.front().first <= after + 1) return std::nullopt;
  const size_t closed = segments_.size() - (active_ ? 1 : 0);
  for (size_t i = 0; i < closed; ++i) {
    const Segment& segment = segments_[i];
    if (segment.last <= after) continue;
    if (!entries_.empty() && segment.first >= entries_.front().first) break;
    return segment;
  }
  return std::nullopt;
}

Batch StreamQueue::NextBatch(size_t max_bytes) const {
  Batch batch;
  for (auto entry = After(durable_); entry != entries_.end(); ++entry) {
    if (!batch.bytes.empty() && batch.bytes.size() + entry->frame.size() > max_bytes) break;
    if (batch.bytes.empty()) batch.first = std::max(entry->first, durable_ + 1);
    batch.bytes += entry->frame;
    batch.last = entry->seq;
    Widen(&batch.when, entry->when);
  }
  return batch;
}

void StreamQueue::MarkDurable(const Batch& batch, const std::string& path) {
  if (!path.empty()) {
    segments_.push_back({path, batch.first, 0, 0, {}});
    active_ = true;
  }
  Segment& segment = segments_.back();
  segment.last = batch.last;
  segment.bytes += batch.bytes.size();
  Widen(&segment.when, batch.when);
  for (auto entry = After(durable_); entry != entries_.end() && entry->seq <= batch.last; ++entry) {
    undurable_bytes_ -= entry->frame.size();
  }
  durable_ = batch.last;
  TrimMemory();
}

void StreamQueue::TrimMemory() {
  while (entry_bytes_ > max_memory_ && !entries_.empty()) {
    const Entry& front = entries_.front();
    const bool in_closed_segment =
        front.seq <= durable_ && (!active_ || front.seq < segments_.back().first);
    if (!in_closed_segment) break;
    entry_bytes_ -= front.frame.size();
    entries_.pop_front();
  }
}

void StreamQueue::TrimUndurable(uint64_t start_number) {
  if (undurable_bytes_ <= max_undurable_) return;
  // Down to a half at once, so that this is not done again for every record.
  const auto begin = entries_.begin() + (After(durable_) - entries_.cbegin());
  auto end = begin;
  std::vector<CompactItem> items;
  size_t taken = 0;
  // The newest stays: it says what is so now.
  while (end != entries_.end() && end + 1 != entries_.end() && taken < max_undurable_ / 2) {
    items.push_back({end->first, end->seq, end->check, end->frame.size(), end->when});
    taken += end->frame.size();
    ++end;
  }
  std::vector<Entry> left;
  size_t left_bytes = 0;
  for (const CompactPart& part : PlanCompaction(items, taken / 2)) {
    if (part.kept != CompactPart::kGap) {
      left.push_back(std::move(*(begin + static_cast<std::ptrdiff_t>(part.kept))));
    } else {
      left.push_back(MakeEntry(MakeGap(stream_, part.first, part.last, start_number, part.when,
                                       "the spool could not write and its memory was full")));
      dropped_ += part.dropped;
    }
    left_bytes += left.back().frame.size();
  }
  undurable_bytes_ += left_bytes - taken;
  entry_bytes_ += left_bytes - taken;
  const auto rest = std::move(left.begin(), left.end(), begin);
  entries_.erase(rest, end);
}

size_t StreamQueue::disk_bytes() const {
  size_t total = 0;
  for (const Segment& segment : segments_) total += segment.bytes;
  return total;
}

std::vector<Segment> StreamQueue::Excess(size_t max_bytes) const {
  // One gap record is smaller than this: replacing it by another would free nothing.
  constexpr size_t kWorthIt = 512;
  const size_t total = disk_bytes();
  std::vector<Segment> excess;
  if (total <= max_bytes) return excess;
  // More than is over, since something of it may be kept.
  const size_t target = max_bytes - max_bytes / 8;
  size_t freed = 0;
  const size_t closed = segments_.size() - (active_ ? 1 : 0);
  for (size_t i = 0; i < closed && total - freed > target; ++i) {
    excess.push_back(segments_[i]);
    freed += segments_[i].bytes;
  }
  if (freed <= kWorthIt) excess.clear();
  return excess;
}

void StreamQueue::Replace(const std::vector<Segment>& old, std::optional<Segment> replacement) {
  const auto same = [](const Segment& a, const Segment& b) { return a.path == b.path; };
  segments_.erase(std::remove_if(segments_.begin(), segments_.end(),
                                 [&](const Segment& segment) {
                                   return std::any_of(
                                       old.begin(), old.end(),
                                       [&](const Segment& gone) { return same(segment, gone); });
                                 }),
                  segments_.end());
  if (replacement) segments_.insert(segments_.begin(), *std::move(replacement));
}

std::vector<Segment> StreamQueue::TakeAcknowledged(uint64_t acknowledged) {
  std::vector<Segment> done;
  while (segments_.size() > 1 && segments_.front().last <= acknowledged) {
    done.push_back(std::move(segments_.front()));
    segments_.erase(segments_.begin());
  }
  return done;
}

}  // namespace faultline::spool
