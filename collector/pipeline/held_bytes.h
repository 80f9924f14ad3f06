// What inputs hold in memory until they are durable, by stream. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace faultline::pipeline {

struct ByteLimits {
  size_t of_stream = size_t{4} << 20;
  size_t of_all = size_t{64} << 20;
};

class HeldBytes {
 public:
  explicit HeldBytes(ByteLimits limits) : limits_(limits) {}

  struct Part {
    uint64_t stream = 0;
    size_t bytes = 0;
  };

  void Add(const Part& part) {
    if (part.bytes == 0) return;
    all_ += part.bytes;
    streams_[part.stream] += part.bytes;
  }
  void Drop(const std::vector<Part>& parts) {
    for (const Part& part : parts) {
      all_ -= part.bytes;
      const auto stream = streams_.find(part.stream);
      stream->second -= part.bytes;
      if (stream->second == 0) streams_.erase(stream);
    }
  }

  // Whether the stream's next message may be read. One that holds nothing may speak whatever the
  // others hold: a message is bounded itself, and a flood must not keep others from being heard.
  bool HasRoom(uint64_t stream) const {
    const auto own = streams_.find(stream);
    return own == streams_.end() || (own->second < limits_.of_stream && all_ < limits_.of_all);
  }
  size_t all() const { return all_; }

 private:
  const ByteLimits limits_;
  size_t all_ = 0;
  std::map<uint64_t, size_t> streams_;
};

}  // namespace faultline::pipeline
