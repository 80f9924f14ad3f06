#include "common/yaml/reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/suggestion.h"
#include "common/text.h"

namespace faultline::yaml {
namespace {

constexpr size_t kMaxErrors = 100;
constexpr size_t kMaxScalarBytes = 4096;

}  // namespace

void Errors::Add(int line, const std::string& path, const std::string& what) {
  if (errors_.size() == kMaxErrors) errors_.emplace(INT32_MAX, "more errors are not shown");
  if (errors_.size() > kMaxErrors) return;
  errors_.emplace(line, absl::StrCat(file_, ":", line, ": ", path, path.empty() ? "" : ": ", what));
}

absl::Status Errors::status() const {
  if (errors_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(
      errors_, "\n", [](std::string* out, const auto& entry) { out->append(entry.second); }));
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", CleanText(text, 80), "\"");
}

Fields::Fields(const Node& node, std::string path, std::vector<std::string> known, Errors& errors)
    : node_(node.is_map() ? &node : nullptr),
      line_(node.line),
      path_(std::move(path)),
      errors_(&errors) {
  if (!node.is_map() && !node.is_null()) {
    errors.Add(line_, path_, absl::StrCat("must hold the fields ", absl::StrJoin(known, ", ")));
  }
  if (node_ == nullptr) return;
  std::set<std::string> seen;
  for (const auto& [name, value] : node.fields) {
    const std::string place = PathOf(CleanText(name, 80));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      errors.Add(value.line, place, absl::StrCat("is not a known field", Suggestion(name, known)));
    } else if (!seen.insert(name).second) {
      errors.Add(value.line, place, "stands here twice; remove one");
    }
  }
}

std::string Fields::PathOf(const std::string& name) const {
  return path_.empty() ? name : absl::StrCat(path_, ".", name);
}

const Node* Fields::Find(const std::string& name) const {
  if (node_ == nullptr) return nullptr;
  for (const auto& [field, value] : node_->fields) {
    if (field == name) return &value;
  }
  return nullptr;
}

Fields Fields::Section(const std::string& name, std::vector<std::string> known) const {
  static const Node* const absent = new Node;
  const Node* node = Find(name);
  Fields section(node == nullptr ? *absent : *node, PathOf(name), std::move(known), *errors_);
  if (node == nullptr) section.line_ = line_;
  return section;
}

std::optional<std::string> Fields::Text(const std::string& name) const {
  const Node* node = Find(name);
  if (node == nullptr) return std::nullopt;
  const std::string& text = node->scalar;
  const bool is_line =
      node->is_scalar() && !text.empty() && text.size() <= kMaxScalarBytes &&
      std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (is_line) return text;
  errors_->Add(node->line, PathOf(name),
               node->is_null()   ? "has no value; write one, or remove the field"
               : node->is_list() ? "must be one text, not a list"
               : node->is_map()  ? "must be one text, not a map of fields"
                                 : "must be one line of text, 1 to 4096 bytes");
  return "";
}

std::string Fields::RequiredText(const std::string& name) const {
  std::optional<std::string> text = Text(name);
  if (!text) errors_->Add(line_, PathOf(name), "is missing");
  return text.value_or("");
}

std::optional<std::string> Fields::Path(const std::string& name) const {
  std::optional<std::string> text = Text(name);
  if (!text || text->empty() || text->front() == '/') return text;
  // Not quoted: who writes a secret where its file should stand must not see it in a log.
  Error(name, "is not an absolute path; write it from / on");
  return "";
}

std::string Fields::RequiredPath(const std::string& name) const {
  return Find(name) == nullptr ? RequiredText(name) : Path(name).value_or("");
}

void Fields::Duration(const std::string& name, Span min, Span max, Span& value) const {
  const std::optional<std::string> text = Text(name);
  if (!text || text->empty()) return;
  Span span;
  if (!ParseSpan(*text, &span)) {
    Error(name, absl::StrCat(Quoted(*text), " is not a duration; write 500ms, 2s, 5m or 1h"));
  } else if (span < min || span > max) {
    Error(name, absl::StrCat(Quoted(*text), " is out of range; ", FormatSpan(min), " to ",
                             FormatSpan(max), " is possible"));
  } else {
    value = span;
  }
}

void Fields::Error(const std::string& name, const std::string& what) const {
  const Node* node = Find(name);
  errors_->Add(node == nullptr ? line_ : node->line, PathOf(name), what);
}

}  // namespace faultline::yaml
