// A Python traceback is one error, however many lines it has: the line that names the exception
// tells it. PURE.
#pragma once

#include <cstddef>
#include <string_view>

namespace faultline::checks {

class TracebackJoiner {
 public:
  static constexpr size_t kMaxLines = 300;

  enum class Part {
    kNone,    // no part of a traceback (also between its lines: several programs may write at once)
    kInside,  // one of its lines; more follow
    kEnd,     // names the exception: "sqlalchemy.exc.OperationalError: (2003, ...)"
  };

  Part Add(std::string_view line);
  // The end is still to come.
  bool inside() const { return inside_; }
  // Given up: the program ended before it had written the rest.
  void Reset() { inside_ = false; }

 private:
  bool inside_ = false;
  size_t lines_ = 0;
};

}  // namespace faultline::checks
