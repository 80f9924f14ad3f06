#include "agent/host/line_splitter.h"

#include <algorithm>

namespace faultline::host {
namespace {

std::string_view WithoutReturn(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

void LineSplitter::Add(std::string_view bytes,
                       const std::function<void(std::string_view)>& on_line) {
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    const bool ends = newline != std::string_view::npos;
    const std::string_view piece = bytes.substr(0, newline);
    bytes.remove_prefix(ends ? newline + 1 : bytes.size());
    if (!skipping_) {
      const std::string_view fits = piece.substr(0, max_line_ - partial_.size());
      if (ends && partial_.empty()) {
        on_line(WithoutReturn(fits));  // the usual case: no copy
        continue;
      }
      partial_.append(fits);
      if (ends || fits.size() < piece.size()) {
        on_line(WithoutReturn(partial_));
        partial_.clear();
        skipping_ = !ends;
      }
    }
    if (ends) skipping_ = false;
  }
}

void LineSplitter::Reset() {
  partial_.clear();
  skipping_ = false;
}

}  // namespace faultline::host
