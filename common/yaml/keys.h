// The keys that a configuration may have, declared once: a reader takes names and limits from here,
// `explain` and docs/configuration.md are printed from it, so that none of them can drift. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/yaml/reader.h"

namespace faultline::yaml {

// Both ends are allowed.
struct SpanLimits {
  Span min;
  Span max;
};

struct Key {
  std::string path;      // "grace.restart"; of the entries of a list "notify[].name"
  std::string fallback;  // what counts without it, in Markdown: "`30s`", "needed", ""
  std::string help;      // one line of Markdown; "{limits}" stands for the limits in words
  std::optional<SpanLimits> limits;  // of a duration
};

// Never changes once it is made.
class Keys {
 public:
  // A path stands there once. `keys` in the order of the page.
  explicit Keys(std::vector<Key> keys);

  const std::vector<Key>& all() const { return keys_; }

  // What may stand in the map at `place` ("" = the root, "authority", "notify[]"), in order:
  // {"listen", "tls", ...}. Empty: there is no such map.
  std::vector<std::string> In(std::string_view place) const;

  // The section `name` of the root, with the keys that it may have.
  Fields Section(const Fields& root, const std::string& name) const;

  // Reads `fields`' key `name`, which is declared as `path`, within its limits.
  void ReadDuration(const Fields& fields, const std::string& path, Span& value) const;

 private:
  std::vector<Key> keys_;
};

// A default as it is written in the file.
std::string Literal(std::string_view value);
std::string Literal(Span value);

// For a terminal of 80 columns: every key below `place` ("" = all), which may be a key itself.
// Empty: there is none.
std::string ExplainKeys(const Keys& keys, std::string_view place);

// The table of docs/configuration.md.
std::string KeysMarkdown(const Keys& keys);

}  // namespace faultline::yaml
