#include "common/suggestion.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace faultline {
namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMostNamed = 20;

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string Nearest(std::string_view name, const std::vector<std::string>& known) {
  // A third of the letters may be wrong, one of a short name.
  size_t allowed = std::max<size_t>(1, std::min(name.size(), kMaxName) / 3);
  std::string best;
  for (const std::string& candidate : known) {
    if (name.size() > kMaxName || candidate.size() > kMaxName) continue;
    const size_t distance = EditDistance(name, candidate);
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
  const size_t named = std::min(known.size(), kMostNamed);
  std::string list = absl::StrJoin(known.begin(), known.begin() + named, ", ");
  if (named < known.size()) absl::StrAppend(&list, " and ", known.size() - named, " more");
  return absl::StrCat("; known: ", list);
}

}  // namespace faultline
