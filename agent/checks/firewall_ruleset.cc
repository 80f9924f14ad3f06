#include "agent/checks/firewall_ruleset.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxRules = 200'000;
constexpr std::string_view kHandle = "# handle ";
constexpr std::string_view kSaved = "# save ";

// Also an empty one stays within the text: where it ends is counted with.
std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return text.substr(0, 0);
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Absl's string_view is not the standard one in Debian's build.
bool ParseDecimal(std::string_view text, uint64_t* out) {
  return absl::SimpleAtoi(absl::string_view(text.data(), text.size()), out);
}

// Cuts "# handle 7" off the end of a line. Quoted text before it may hold the same words.
std::optional<uint64_t> TakeHandle(std::string_view* line) {
  const size_t at = line->rfind(kHandle);
  uint64_t handle = 0;
  if (at == std::string_view::npos || !ParseDecimal(line->substr(at + kHandle.size()), &handle)) {
    return std::nullopt;
  }
  *line = Trimmed(line->substr(0, at));
  return handle;
}

class Parser {
 public:
  Parser(std::string_view text, FirewallRuleset* out) : rest_(text), out_(*out) {}

  absl::Status Parse() {
    std::string_view line;
    while (NextLine(&line)) {
      if (line.empty() || line[0] == '#') continue;
      std::string_view head = line;
      const std::optional<uint64_t> handle = TakeHandle(&head);
      const FirewallWords words = SplitWords(head);
      if (words.size() < 4 || words[0] != "table" || words[3] != "{") return Strange(line);
      FirewallTable table;
      table.family = words[1];
      table.name = words[2];
      table.handle = handle.value_or(0);
      table.legacy = line.ends_with("# legacy");
      if (absl::Status read = ReadTable(&table); !read.ok()) return read;
      out_.tables.push_back(std::move(table));
    }
    return absl::OkStatus();
  }

 private:
  bool NextLine(std::string_view* line) {
    if (rest_.empty()) return false;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    *line = Trimmed(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return true;
  }

  absl::Status Strange(std::string_view line) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "line ", number_, " of the ruleset is not understood: ", std::string(line.substr(0, 80))));
  }
  absl::Status Ended() const {
    return absl::InvalidArgumentError(
        absl::StrCat("the ruleset ends in the middle, at line ", number_));
  }

  absl::Status ReadTable(FirewallTable* table) {
    std::string_view line;
    while (NextLine(&line)) {
      if (line.empty() || line[0] == '#') continue;
      if (line == "}") return absl::OkStatus();
      std::string_view head = line;
      const std::optional<uint64_t> handle = TakeHandle(&head);
      const FirewallWords words = SplitWords(head);
      absl::Status read;
      if (words.size() >= 3 && words.back() == "{" && words[0] == "chain") {
        FirewallChain chain;
        chain.name = words[1];
        chain.handle = handle.value_or(0);
        read = ReadChain(table->legacy, &chain);
        table->chains.insert_or_assign(words[1], std::move(chain));
      } else if (words.size() >= 3 && words.back() == "{") {
        read =
            ReadObject(words[0] == "set" || words[0] == "map" ? &table->sets[words[1]] : nullptr);
      } else if (words.size() >= 2 && words[0] == "flags") {
        table->dormant = std::find(words.begin(), words.end(), "dormant") != words.end();
      }
      if (!read.ok()) return read;
    }
    return Ended();
  }

  absl::Status ReadChain(bool legacy, FirewallChain* chain) {
    std::string_view line;
    while (NextLine(&line)) {
      if (line.empty()) continue;
      if (line == "}") return absl::OkStatus();
      if (line.starts_with("type ") && chain->rules.empty()) {
        ReadBase(line, chain);
        continue;
      }
      if (line.starts_with("comment ") && chain->rules.empty()) continue;
      if (++out_.rules > kMaxRules) {
        return absl::ResourceExhaustedError(absl::StrCat("more than ", kMaxRules, " rules"));
      }
      FirewallRule rule;
      if (legacy) {
        const size_t saved = line.find(kSaved);
        if (saved == std::string_view::npos) return Strange(line);
        rule.saved = line.substr(saved + kSaved.size());
        rule.text = Trimmed(line.substr(0, saved));
      } else if (absl::Status read = ReadRule(line, &rule); !read.ok()) {
        return read;
      }
      rule.number = chain->rules.size() + 1;
      rule.words = SplitWords(rule.text);
      chain->rules.push_back(std::move(rule));
    }
    return Ended();
  }

  // A long set goes over several lines; the handle ends the rule.
  absl::Status ReadRule(std::string_view line, FirewallRule* rule) {
    const char* const begin = line.data();
    do {
      std::string_view head = line;
      if (const std::optional<uint64_t> handle = TakeHandle(&head); handle.has_value()) {
        rule->handle = *handle;
        rule->text = {begin, static_cast<size_t>(head.data() + head.size() - begin)};
        return absl::OkStatus();
      }
    } while (NextLine(&line));
    return Ended();
  }

  // "type filter hook input priority 0; policy drop;"
  static void ReadBase(std::string_view line, FirewallChain* chain) {
    const FirewallWords words = SplitWords(line);
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      const std::string_view value = words[i + 1];
      if (words[i] == "type") chain->type = value;
      if (words[i] == "hook") chain->hook = value;
      if (words[i] == "device") chain->device = Unquoted(value);
      if (words[i] == "policy") chain->drops_by_policy = value == "drop";
      int priority = 0;
      if (words[i] == "priority" &&
          absl::SimpleAtoi(absl::string_view(value.data(), value.size()), &priority)) {
        chain->priority = priority;
      }
    }
  }

  // A set, a map, or something else that has braces and no meaning here (`elements` nullptr).
  absl::Status ReadObject(std::vector<FirewallElement>* elements) {
    int depth = 1;
    const char* const begin = rest_.data();
    std::string_view line;
    while (depth > 0) {
      if (!NextLine(&line)) return Ended();
      bool quoted = false;
      for (const char c : line) {
        if (c == '"') quoted = !quoted;
        if (c == '{' && !quoted) ++depth;
        if (c == '}' && !quoted) --depth;
      }
    }
    if (elements == nullptr) return absl::OkStatus();
    const FirewallWords words =
        SplitWords({begin, static_cast<size_t>(line.data() + line.size() - begin)});
    const auto start = std::find(words.begin(), words.end(), "elements");
    size_t at = static_cast<size_t>(start - words.begin()) + 2;
    if (at < words.size() && words[at] == "{") *elements = ReadElements(words, &at);
    return absl::OkStatus();
  }

  std::string_view rest_;
  FirewallRuleset& out_;
  size_t number_ = 0;
};

}  // namespace

absl::Status ParseRuleset(std::string_view text, FirewallRuleset* ruleset) {
  return Parser(text, ruleset).Parse();
}

FirewallWords SplitWords(std::string_view text) {
  constexpr std::string_view kAlone = ",{}();";
  constexpr std::string_view kSpace = " \t\r\n";
  FirewallWords words;
  for (size_t i = 0; i < text.size();) {
    if (kSpace.find(text[i]) != std::string_view::npos) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    if (text[i] == '"') {
      end = std::min(text.find('"', i + 1), text.size() - 1) + 1;
    } else if (kAlone.find(text[i]) == std::string_view::npos) {
      while (end < text.size() && kSpace.find(text[end]) == std::string_view::npos &&
             kAlone.find(text[end]) == std::string_view::npos) {
        ++end;
      }
    }
    if (text[i] != ';') words.push_back(text.substr(i, end - i));
    i = end;
  }
  return words;
}

std::vector<FirewallElement> ReadElements(const FirewallWords& words, size_t* at) {
  std::vector<FirewallElement> elements;
  FirewallElement element;
  bool in_verdict = false;
  const auto finish = [&] {
    if (!element.key.empty()) elements.push_back(std::move(element));
    element = {};
    in_verdict = false;
  };
  for (++*at; *at < words.size() && words[*at] != "}"; ++*at) {
    const std::string_view word = words[*at];
    if (word == ",") {
      finish();
    } else if (word == ":") {
      in_verdict = true;
    } else {
      (in_verdict ? element.verdict : element.key).push_back(word);
    }
  }
  finish();
  if (*at < words.size()) ++*at;
  return elements;
}

std::string_view Unquoted(std::string_view word) {
  if (word.size() >= 2 && word.front() == '"' && word.back() == '"') {
    return word.substr(1, word.size() - 2);
  }
  return word;
}

}  // namespace faultline::checks
