#include "common/yaml/keys.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace faultline::yaml {
namespace {

constexpr size_t kWidth = 80;
constexpr char kIndent[] = "      ";

std::string InWords(Span span) { return span.ns == 0 ? "0s" : FormatSpan(span); }

// Whether `path` lies in the map or list at `place`.
bool IsWithin(std::string_view path, std::string_view place) {
  if (place.empty()) return true;
  if (path.substr(0, place.size()) != place) return false;
  const std::string_view rest = path.substr(place.size());
  return rest.empty() || rest.front() == '.' || rest.front() == '[';
}

// The text without Markdown's marks, broken at spaces.
std::string Plain(const std::string& markdown) {
  std::string out = kIndent;
  size_t column = out.size();
  const std::string text = absl::StrReplaceAll(markdown, {{"`", ""}, {"*", ""}});
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const bool first = column == sizeof(kIndent) - 1;
    if (!first && column + 1 + word.size() > kWidth) {
      absl::StrAppend(&out, "\n", kIndent);
      column = sizeof(kIndent) - 1;
    } else if (!first) {
      absl::StrAppend(&out, " ");
      ++column;
    }
    absl::StrAppend(&out, word);
    column += word.size();
  }
  return out + "\n";
}

}  // namespace

Keys::Keys(std::vector<Key> keys) : keys_(std::move(keys)) {
  for (Key& key : keys_) {
    if (!key.limits) continue;
    const std::string words =
        absl::StrCat(InWords(key.limits->min), " to ", InWords(key.limits->max));
    key.help = absl::StrReplaceAll(key.help, {{"{limits}", words}});
  }
}

std::vector<std::string> Keys::In(std::string_view place) const {
  std::vector<std::string> names;
  for (const Key& key : keys_) {
    if (!IsWithin(key.path, place) || key.path.size() <= place.size()) continue;
    std::string_view rest = std::string_view(key.path).substr(place.size());
    if (!place.empty() && rest.front() == '[') continue;  // an entry's keys are no list's
    if (rest.front() == '.') rest.remove_prefix(1);
    std::string name(rest.substr(0, rest.find_first_of(".[")));
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  return names;
}

Fields Keys::Section(const Fields& root, const std::string& name) const {
  return root.Section(name, In(name));
}

void Keys::ReadDuration(const Fields& fields, const std::string& path, Span& value) const {
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& each) { return each.path == path; });
  const SpanLimits limits = key->limits.value();
  fields.Duration(path.substr(path.find_last_of('.') + 1), limits.min, limits.max, value);
}

std::string Literal(std::string_view value) { return absl::StrCat("`", std::string(value), "`"); }

std::string Literal(Span value) { return Literal(InWords(value)); }

std::string ExplainKeys(const Keys& keys, std::string_view place) {
  std::string out;
  for (const Key& key : keys.all()) {
    if (!IsWithin(key.path, place)) continue;
    const std::string fallback = absl::StrReplaceAll(key.fallback, {{"`", ""}});
    const bool is_needed = fallback.rfind("needed", 0) == 0;
    absl::StrAppend(&out, "  ", key.path,
                    fallback.empty() ? ""
                    : is_needed      ? absl::StrCat(" (", fallback, ")")
                                     : absl::StrCat(" (default: ", fallback, ")"),
                    "\n", Plain(key.help));
  }
  return out;
}

std::string KeysMarkdown(const Keys& keys) {
  std::string out = "| key | default | meaning and limits |\n| --- | --- | --- |\n";
  for (const Key& key : keys.all()) {
    absl::StrAppend(&out, "| `", key.path, "` | ", key.fallback, " | ",
                    absl::StrReplaceAll(key.help, {{"|", "\\|"}}), " |\n");
  }
  return out;
}

}  // namespace faultline::yaml
