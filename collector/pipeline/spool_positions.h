// How far the spools of one host are durable here. A host has one spool, and a new one after a
// reinstallation: only the newest few are remembered, whatever an agent says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "collector/store/store.h"

namespace faultline::pipeline {

class SpoolPositions {
 public:
  static constexpr size_t kMost = 4;
  using Positions = std::map<store::Stream, uint64_t>;

  // The spool that the host uses now; the oldest one may be forgotten for it.
  const Positions& Use(const std::string& spool_id) {
    const auto found = Find(spool_id);
    Entry entry = found == newest_last_.end() ? Entry{spool_id, {}} : std::move(*found);
    if (found != newest_last_.end()) newest_last_.erase(found);
    newest_last_.push_back(std::move(entry));
    if (newest_last_.size() > kMost) newest_last_.pop_front();
    return newest_last_.back().second;
  }

  // What a store remembers, in any order: there is room for it, or it is forgotten.
  void Restore(const store::Position& position) {
    if (Find(position.spool_id) == newest_last_.end()) {
      if (newest_last_.size() >= kMost) return;
      newest_last_.push_front({position.spool_id, {}});
    }
    Raise(position.spool_id, {{position.stream, position.seq}});
  }

  // A position never goes back. A spool that was forgotten meanwhile stays so.
  void Raise(const std::string& spool_id, const Positions& positions) {
    const auto found = Find(spool_id);
    if (found == newest_last_.end()) return;
    for (const auto& [stream, seq] : positions) {
      found->second[stream] = std::max(found->second[stream], seq);
    }
  }

  size_t size() const { return newest_last_.size(); }

 private:
  using Entry = std::pair<std::string, Positions>;

  std::deque<Entry>::iterator Find(const std::string& spool_id) {
    return std::find_if(newest_last_.begin(), newest_last_.end(),
                        [&](const Entry& entry) { return entry.first == spool_id; });
  }

  std::deque<Entry> newest_last_;
};

}  // namespace faultline::pipeline
