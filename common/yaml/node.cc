// What speaks yaml-cpp here, with one_document.cc; its exceptions end in this file.
#include "common/yaml/node.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"
#include "common/yaml/one_document.h"

namespace faultline::yaml {
namespace {

constexpr size_t kMaxNodes = 100'000;
constexpr int kMaxDepth = 64;

absl::Status Error(const std::string& file, int line, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ":", line, ": ", what));
}

// Copies a document, counting what it makes: aliases that refer to aliases would make it explode.
class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  absl::Status Convert(const YAML::Node& from, int depth, Node& to) {
    to.line = from.Mark().line + 1;
    if (++nodes_ > kMaxNodes || depth > kMaxDepth) {
      return Error(file_, to.line,
                   "holds too much or is nested too deeply; write it out without aliases");
    }
    switch (from.Type()) {
      case YAML::NodeType::Scalar:
        to.kind = Node::Kind::kScalar;
        to.scalar = from.Scalar();
        return absl::OkStatus();
      case YAML::NodeType::Sequence:
        to.kind = Node::Kind::kList;
        for (const YAML::Node& each : from) {
          to.items.emplace_back();
          if (absl::Status s = Convert(each, depth + 1, to.items.back()); !s.ok()) return s;
        }
        return absl::OkStatus();
      case YAML::NodeType::Map:
        to.kind = Node::Kind::kMap;
        for (const auto& each : from) {
          if (!each.first.IsScalar()) {
            return Error(file_, each.first.Mark().line + 1, "a field's name must be a word");
          }
          to.fields.emplace_back(each.first.Scalar(), Node());
          Node& value = to.fields.back().second;
          if (absl::Status s = Convert(each.second, depth + 1, value); !s.ok()) return s;
          // An absent value has no place of its own.
          if (value.is_null()) value.line = each.first.Mark().line + 1;
        }
        return absl::OkStatus();
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    to.kind = Node::Kind::kNull;
    return absl::OkStatus();
  }

 private:
  const std::string& file_;
  size_t nodes_ = 0;
};

}  // namespace

Node::Node() = default;
Node::~Node() = default;
Node::Node(const Node&) = default;
Node& Node::operator=(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

absl::StatusOr<Node> Parse(const std::string& text, const std::string& file) {
  if (text.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": is larger than 1 MiB; a configuration is not"));
  }
  if (const size_t end = ValidUtf8(text); end != text.size()) {
    const auto bad = text.begin() + static_cast<ptrdiff_t>(end);
    return Error(file, static_cast<int>(std::count(text.begin(), bad, '\n')) + 1,
                 "has a byte that is not UTF-8; save the file as UTF-8");
  }
  try {
    const OneDocument document = LoadOneDocument(text);
    if (document.second_line != 0) {
      return Error(file, document.second_line,
                   "a second document starts here (\"---\"); one file holds one configuration");
    }
    Node root;
    if (document.empty) return root;
    absl::Status status = Converter(file).Convert(document.root, 0, root);
    if (!status.ok()) return status;
    return root;
  } catch (const YAML::Exception& e) {
    return Error(file, e.mark.is_null() ? 1 : e.mark.line + 1,
                 absl::StrCat("is not valid YAML (", CleanText(e.msg, 200),
                              "); is the file complete, and indented by spaces?"));
  } catch (const std::exception& e) {
    return Error(file, 1, absl::StrCat("cannot be read as YAML: ", CleanText(e.what(), 200)));
  }
}

}  // namespace faultline::yaml
