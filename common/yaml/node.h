// A YAML document as plain values with line numbers. yaml-cpp and its exceptions stay behind it.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace faultline::yaml {

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };

  // In the .cc file: clang (make fuzz) cannot make them here, where the pairs are not complete yet.
  Node();
  ~Node();
  Node(const Node&);
  Node& operator=(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(Node&&) noexcept;

  Kind kind = Kind::kNull;
  int line = 1;                                      // from 1
  std::string scalar;                                // kScalar
  std::vector<Node> items;                           // kList
  std::vector<std::pair<std::string, Node>> fields;  // kMap, in order; names may repeat

  bool is_map() const { return kind == Kind::kMap; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_null() const { return kind == Kind::kNull; }
};

inline constexpr size_t kMaxFileBytes = 1 << 20;

// Parses one document. Bounded: kMaxFileBytes of text, 100,000 nodes after aliases are expanded, so
// that no file can eat the memory; UTF-8 alone. The error is one line, "FILE:LINE: what and what to
// do".
absl::StatusOr<Node> Parse(const std::string& text, const std::string& file);

// Reads a configuration file of at most kMaxFileBytes. Errors name the file and the fix.
absl::StatusOr<std::string> ReadFile(const std::string& file);

}  // namespace faultline::yaml
