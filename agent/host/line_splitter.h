// Cuts a stream of bytes into lines. Pure; bounded whatever comes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace faultline::host {

class LineSplitter {
 public:
  explicit LineSplitter(size_t max_line) : max_line_(max_line) {}

  // Calls `on_line` for each line that ends in `bytes`, without its newline and carriage return.
  // Of a longer line the first max_line bytes are given at once, the rest is skipped.
  void Add(std::string_view bytes, const std::function<void(std::string_view)>& on_line);

  // Bytes at the end of what was added that belong to a line not given yet.
  size_t pending() const { return partial_.size(); }
  void Reset();

 private:
  const size_t max_line_;
  std::string partial_;
  bool skipping_ = false;
};

}  // namespace faultline::host
