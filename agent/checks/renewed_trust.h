// What a file of `ca` held until a moment ago. A site whose certificate signs itself is trusted by
// that certificate's own file: a renewal changes the file first, and the server serves the old one
// until it is reloaded. The same holds for an authority that is replaced.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "common/clock.h"

namespace faultline::checks {

// On the loop's thread; reads at most a MiB at each question.
class RenewedTrust {
 public:
  // `path` may be empty: then there is nothing to remember.
  explicit RenewedTrust(std::string path) : path_(std::move(path)) {}

  // Certificates in PEM that the file held before, while its last change was seen less than `grace`
  // ago; else empty. A file that cannot be read at the moment changes nothing.
  std::string Former(MonoTime now, Span grace);

 private:
  const std::string path_;
  std::string current_;
  std::string former_;
  std::optional<MonoTime> changed_;
};

}  // namespace faultline::checks
