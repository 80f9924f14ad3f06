// "Did you mean": the known name that a mistyped one is closest to.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/yaml/reader.h"

namespace faultline::yaml {
namespace {

constexpr size_t kMaxName = 64;

// Single-character insertions, deletions and replacements between two names of bounded length.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> above(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = above[0];
    above[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = above[j];
      above[j] = std::min({replaced, above[j] + 1, above[j - 1] + 1});
    }
  }
  return above[b.size()];
}

}  // namespace

std::string Nearest(std::string_view name, const std::vector<std::string>& known) {
  // A third of the letters may be wrong, one of a short name.
  size_t allowed = std::max<size_t>(1, std::min(name.size(), kMaxName) / 3);
  std::string best;
  for (const std::string& candidate : known) {
    if (name.size() > kMaxName || candidate.size() > kMaxName) continue;
    const size_t distance = Distance(name, candidate);
    if (distance > allowed) continue;
    best = candidate;
    if (distance == 0) break;
    allowed = distance - 1;
  }
  return best;
}

std::string Suggestion(std::string_view name, const std::vector<std::string>& known) {
  const std::string best = Nearest(name, known);
  if (!best.empty()) return absl::StrCat("; did you mean \"", best, "\"?");
  if (known.empty()) return "";
  return absl::StrCat("; known: ", absl::StrJoin(known, ", "));
}

}  // namespace faultline::yaml
