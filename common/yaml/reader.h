// Reading fields of a document with errors that name line, field and fix. All errors are collected,
// so that a person mends a file in one go.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/clock.h"
#include "common/yaml/node.h"

namespace faultline::yaml {

class Errors {
 public:
  explicit Errors(std::string file) : file_(std::move(file)) {}
  // "FILE:LINE: PATH: WHAT". After 100 only that there are more.
  void Add(int line, const std::string& path, const std::string& what);
  bool empty() const { return errors_.empty(); }
  size_t count() const { return errors_.size(); }
  // InvalidArgument with one error a line, in the order of the file; OK when there are none.
  absl::Status status() const;

 private:
  const std::string file_;
  std::multimap<int, std::string> errors_;
};

// The text in quotes, cleaned and short: for errors.
std::string Quoted(const std::string& text);

// One map of the document. Unknown and repeated fields are errors at once; a field's own errors
// come when it is read. The node and `errors` must outlive it.
class Fields {
 public:
  // `path` is "" for the root, else like "tls" or "notify[0]". A node that is not a map is an
  // error, an absent (null) one has no fields.
  Fields(const Node& node, std::string path, std::vector<std::string> known, Errors& errors);

  // A map within; without fields when it is absent.
  Fields Section(const std::string& name, std::vector<std::string> known) const;

  // nullptr when absent.
  const Node* Find(const std::string& name) const;
  // One line of text, 1 to 4096 bytes. Absent: nullopt. Errors are noted and give "".
  std::optional<std::string> Text(const std::string& name) const;
  std::string RequiredText(const std::string& name) const;
  // A text that is an absolute path: services have a working directory of their own.
  std::optional<std::string> Path(const std::string& name) const;
  std::string RequiredPath(const std::string& name) const;
  // Between `min` and `max`, both allowed; `value` stays as it is when absent or wrong.
  void Duration(const std::string& name, Span min, Span max, Span& value) const;

  // Notes an error of the field (of the map itself when it is absent).
  void Error(const std::string& name, const std::string& what) const;
  std::string PathOf(const std::string& name) const;

 private:
  const Node* node_;  // null: absent
  int line_ = 1;
  std::string path_;
  Errors* errors_;
};

}  // namespace faultline::yaml
