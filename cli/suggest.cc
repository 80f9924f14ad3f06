#include "cli/suggest.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/suggestion.h"

namespace faultline::cli {
namespace {

// Longer words are no typo of ours, and the distance costs their product.
constexpr size_t kMaxWord = 64;

size_t Tolerance(std::string_view typed) { return typed.size() <= 4 ? 1 : 2; }

std::string Normal(const std::string& word) {
  static const auto& synonyms = *new std::map<std::string, std::string>{
      {"ls", "list"},    {"all", "list"},  {"get", "show"},     {"describe", "show"},
      {"info", "show"},  {"view", "show"}, {"state", "status"}, {"follow", "watch"},
      {"tail", "watch"}, {"top", "watch"}, {"live", "watch"}};
  const std::string lower = absl::AsciiStrToLower(word);
  const auto found = synonyms.find(lower);
  return found == synonyms.end() ? lower : found->second;
}

// How far a typed word is from a word of the grammar; kMaxWord when it is another word.
size_t WordDistance(const std::string& typed, const std::string& word) {
  if (typed.size() > kMaxWord) return kMaxWord;
  if (Normal(typed) == word) return 0;
  const std::string lower = absl::AsciiStrToLower(typed);
  if (lower == word + "s") return 0;
  const size_t distance = EditDistance(lower, word);
  return distance <= Tolerance(word) ? distance : kMaxWord;
}

}  // namespace

std::string Closest(std::string_view typed, const std::vector<std::string>& candidates) {
  std::string best;
  if (typed.size() > kMaxWord) return best;
  size_t best_distance = Tolerance(typed) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(typed, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string> SuggestCommands(const std::vector<std::string>& words,
                                         const std::vector<CommandSpec>& commands) {
  if (words.empty()) return {};
  const std::string& first = words[0];
  const std::string second = words.size() > 1 ? words[1] : "";
  std::vector<std::pair<size_t, std::string>> scored;
  for (const CommandSpec& command : commands) {
    if (command.hidden) continue;
    const std::string& noun = command.path[0];
    const std::string verb = command.path.size() > 1 ? command.path[1] : "";
    size_t score = kMaxWord;
    const size_t straight = WordDistance(first, noun);
    if (straight < kMaxWord) {
      // The right noun; a verb that fits counts most, then the plain list.
      size_t verb_score = 3;
      if (!verb.empty() && !second.empty())
        verb_score = std::min(WordDistance(second, verb), size_t{6});
      else if (verb.empty() || verb == "list")
        verb_score = 0;
      score = straight * 4 + verb_score;
    } else if (!verb.empty() && WordDistance(first, verb) < kMaxWord) {
      // "list hosts", or a verb alone.
      score = second.empty() ? 12 : WordDistance(second, noun) + 1;
    }
    if (score < kMaxWord) scored.emplace_back(score, command.Path());
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (const auto& [score, path] : scored) {
    // What is much worse than the best only confuses.
    if (out.size() < 3 && score <= scored.front().first + 2) out.push_back(path);
  }
  return out;
}

}  // namespace faultline::cli
