#include "agent/config/nearest.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace faultline::config {
namespace {

constexpr size_t kMaxName = 64;

}  // namespace

int EditDistance(std::string_view a, std::string_view b) {
  if (a.size() > kMaxName || b.size() > kMaxName) return kMaxName;
  // Rows of the classic table: row[j] is the distance of a[0..i) and b[0..j).
  std::vector<int> above_that(b.size() + 1);
  std::vector<int> above(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    std::vector<int> row(b.size() + 1);
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], above_that[j - 2] + 1);
    }
    above_that.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string Nearest(std::string_view name, const std::vector<std::string>& known) {
  std::string best;
  // A third of the letters may be wrong, one of a short name.
  int best_distance = std::max<int>(1, static_cast<int>(std::min(name.size(), kMaxName) / 3)) + 1;
  for (const std::string& candidate : known) {
    const int distance = EditDistance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string Suggestion(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = Nearest(name, known);
  if (!nearest.empty()) return absl::StrCat("; did you mean \"", nearest, "\"?");
  if (known.empty()) return "";
  return absl::StrCat("; known: ", absl::StrJoin(known, ", "));
}

}  // namespace faultline::config
