#include "agent/spool/compaction.h"

#include <algorithm>
#include <unordered_set>

namespace faultline::spool {
namespace {

// A gap between two kept records is a record as well.
constexpr size_t kGapBytes = 128;

std::vector<bool> NewestOfEachCheck(const std::vector<CompactItem>& items) {
  std::vector<bool> newest(items.size(), false);
  std::unordered_set<uint64_t> seen;
  for (size_t i = items.size(); i-- > 0;) {
    newest[i] = items[i].check != 0 && seen.insert(items[i].check).second;
  }
  return newest;
}

}  // namespace

std::vector<CompactPart> PlanCompaction(const std::vector<CompactItem>& items,
                                        size_t max_kept_bytes) {
  std::vector<bool> kept = NewestOfEachCheck(items);
  size_t bytes = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    if (kept[i]) bytes += items[i].bytes + kGapBytes;
  }
  if (bytes > max_kept_bytes) std::fill(kept.begin(), kept.end(), false);

  std::vector<CompactPart> parts;
  for (size_t i = 0; i < items.size(); ++i) {
    const CompactItem& item = items[i];
    if (kept[i]) {
      parts.push_back({i, item.first, item.seq, item.when});
      continue;
    }
    if (parts.empty() || parts.back().kept != CompactPart::kGap) {
      parts.push_back({CompactPart::kGap, item.first, item.seq, item.when});
    }
    parts.back().last = item.seq;
    parts.back().dropped += item.first == item.seq ? 1 : 0;
    Widen(&parts.back().when, item.when);
  }
  return parts;
}

}  // namespace faultline::spool
