// The one file that speaks yaml-cpp; its exceptions end here.
#include "agent/config/config.h"

#include <yaml-cpp/yaml.h>

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/config/nearest.h"
#include "common/text.h"
#include "common/yaml/one_document.h"

namespace faultline::config {
namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr size_t kMaxChecks = 1000;
constexpr size_t kMaxListValues = 256;
constexpr size_t kMaxScalarBytes = 4096;
constexpr size_t kMaxErrors = 100;
constexpr char kDurationHelp[] = "is not a duration; write 500ms, 2s, 5m or 1h";

// "tls.ca" of "tls" and "ca".
std::string Path(const std::string& parent, const std::string& field) {
  return parent.empty() ? field : absl::StrCat(parent, ".", field);
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", CleanText(text, 80), "\"");
}

int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

// Reads one document. Every Read* notes what is wrong and goes on.
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) { config_.file = file; }

  void ReadRoot(const YAML::Node& root) {
    if (!root.IsMap()) {
      Error(1, "", "must hold fields like \"collector:\" and \"checks:\"; see --help");
      return;
    }
    const Fields fields = ReadFields(root, "", {"collector", "tls", "state_dir", "checks"});
    const int line = LineOf(root);
    if (const Fields* collector = Section(fields, "collector", {"address", "name"}, line)) {
      ReadCollector(*collector);
    }
    if (const Fields* tls = Section(fields, "tls", {"ca", "certificate", "key"}, line)) {
      config_.tls.ca = RequiredText(*tls, "tls", "ca");
      config_.tls.certificate = RequiredText(*tls, "tls", "certificate");
      config_.tls.key = RequiredText(*tls, "tls", "key");
    }
    config_.state_dir = Text(fields, "", "state_dir").value_or("/var/lib/faultline/agent");
    ReadChecks(fields, line);
  }

  void Error(int line, const std::string& path, const std::string& what) {
    if (errors_.size() == kMaxErrors) errors_.emplace_back("more errors are not shown");
    if (errors_.size() > kMaxErrors) return;
    errors_.push_back(absl::StrCat(file_, ":", line, ": ", path, path.empty() ? "" : ": ", what));
  }

  absl::StatusOr<AgentConfig> Take() {
    if (!errors_.empty()) return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
    return std::move(config_);
  }

 private:
  struct Fields {
    std::map<std::string, YAML::Node> values;
    int line = 0;
  };

  // The fields of a map. Unknown ones are errors unless `known` is empty; repeated ones always.
  Fields ReadFields(const YAML::Node& map, const std::string& path,
                    const std::vector<std::string>& known) {
    Fields fields;
    fields.line = LineOf(map);
    for (const auto& entry : map) {
      const int line = LineOf(entry.first);
      if (!entry.first.IsScalar()) {
        Error(line, path, "a field's name must be a word");
        continue;
      }
      const std::string name = entry.first.Scalar();
      const std::string place = Path(path, CleanText(name, 80));
      bool is_known = known.empty();
      for (const std::string& each : known) is_known = is_known || each == name;
      if (!is_known) {
        Error(line, place, absl::StrCat("is not a known field", Suggestion(name, known)));
      } else if (!fields.values.emplace(name, entry.second).second) {
        Error(line, place, "stands here twice; remove one");
      }
    }
    return fields;
  }

  // The fields of a required map within the root; nullptr (and an error) when it is not one.
  const Fields* Section(const Fields& root, const std::string& name,
                        const std::vector<std::string>& known, int line) {
    const auto found = root.values.find(name);
    if (found == root.values.end() || found->second.IsNull()) {
      Error(line, name, absl::StrCat("is missing; it holds ", absl::StrJoin(known, ", ")));
      return nullptr;
    }
    if (!found->second.IsMap()) {
      Error(LineOf(found->second), name,
            absl::StrCat("must hold the fields ", absl::StrJoin(known, ", ")));
      return nullptr;
    }
    return &(sections_[name] = ReadFields(found->second, name, known));
  }

  // A scalar's text; absent when the field is. Wrong shapes and empty values are errors.
  std::optional<std::string> Text(const Fields& fields, const std::string& path,
                                  const std::string& name) {
    const auto found = fields.values.find(name);
    if (found == fields.values.end()) return std::nullopt;
    const YAML::Node& node = found->second;
    if (node.IsScalar() && !node.Scalar().empty() && node.Scalar().size() <= kMaxScalarBytes) {
      return node.Scalar();
    }
    Error(LineOf(node), Path(path, name), "must be a text of 1 to 4096 bytes");
    return "";
  }

  std::string RequiredText(const Fields& fields, const std::string& path, const std::string& name) {
    std::optional<std::string> text = Text(fields, path, name);
    if (!text) Error(fields.line, Path(path, name), "is missing");
    return text.value_or("");
  }

  void ReadCollector(const Fields& fields) {
    config_.collector_address = RequiredText(fields, "collector", "address");
    const std::string& address = config_.collector_address;
    if (std::optional<std::string> name = Text(fields, "collector", "name")) {
      config_.collector_name = *name;
    }
    if (address.empty()) return;
    const size_t colon = address.rfind(':');
    const bool bracketed = address.front() == '[';
    int port = 0;
    const bool has_port = colon != std::string::npos && colon > 0 &&
                          absl::SimpleAtoi(address.substr(colon + 1), &port) && port > 0 &&
                          port <= 65535;
    // A bare IPv6 address has more colons; its port could not be told from its last group.
    const bool well_formed =
        has_port && (bracketed ? address[colon - 1] == ']' : address.find(':') == colon);
    if (!well_formed) {
      Error(LineOf(fields.values.at("address")), "collector.address",
            absl::StrCat(Quoted(address),
                         " is not host:port; write 10.0.1.20:7443 or [2001:db8::1]:7443"));
    }
  }

  void ReadChecks(const Fields& root, int line) {
    const auto found = root.values.find("checks");
    if (found == root.values.end() || found->second.IsNull() ||
        (found->second.IsSequence() && found->second.size() == 0)) {
      // An agent without checks watches nothing: more likely a file that was cut off.
      Error(found == root.values.end() ? line : LineOf(found->second), "checks",
            "is missing or empty; write at least one, like \"- {kind: unit, target: "
            "mysql.service}\"");
      return;
    }
    const YAML::Node& checks = found->second;
    if (!checks.IsSequence()) {
      Error(LineOf(checks), "checks", "must be a list; start each check with \"- kind:\"");
      return;
    }
    if (checks.size() > kMaxChecks) {
      Error(LineOf(checks), "checks",
            absl::StrCat("holds ", checks.size(), " checks; at most ", kMaxChecks, " are allowed"));
      return;
    }
    std::map<CheckId, int> seen;
    for (size_t i = 0; i < checks.size(); ++i) {
      ReadCheck(checks[i], absl::StrCat("checks[", i, "]"), seen);
    }
  }

  void ReadCheck(const YAML::Node& node, const std::string& path, std::map<CheckId, int>& seen) {
    if (!node.IsMap()) {
      Error(LineOf(node), path, "must hold the fields kind and target");
      return;
    }
    const size_t errors_before = errors_.size();
    const Fields fields = ReadFields(node, path, {});
    CheckConfig check;
    check.line = fields.line;
    check.id.kind = RequiredText(fields, path, "kind");
    check.id.target = RequiredText(fields, path, "target");
    check.id.name = Text(fields, path, "name").value_or("");
    check.subject = Text(fields, path, "subject").value_or("");
    ReadInterval(fields, path, check);
    for (const auto& [name, value] : fields.values) {
      if (!IsCommonField(name)) ReadOption(name, value, path, check);
    }
    if (errors_.size() != errors_before) return;
    if (absl::Status valid = ValidateCheckId(check.id); !valid.ok()) {
      // Its text starts with the name of the part.
      Error(check.line, "", absl::StrCat(path, ".", std::string(valid.message())));
      return;
    }
    const auto [first, is_new] = seen.emplace(check.id, check.line);
    if (!is_new) {
      Error(check.line, path,
            absl::StrCat(Quoted(check.id.ToString()), " stands on line ", first->second,
                         " already; remove one or give it a name: of its own"));
      return;
    }
    config_.checks.push_back(std::move(check));
  }

  static bool IsCommonField(const std::string& name) {
    return name == "kind" || name == "target" || name == "name" || name == "subject" ||
           name == "interval";
  }

  void ReadInterval(const Fields& fields, const std::string& path, CheckConfig& check) {
    const std::optional<std::string> text = Text(fields, path, "interval");
    if (!text || text->empty()) return;
    Span span;
    if (!ParseSpan(*text, &span) || span.ns == 0) {
      Error(LineOf(fields.values.at("interval")), Path(path, "interval"),
            absl::StrCat(Quoted(*text), " ", kDurationHelp));
      return;
    }
    check.interval = span;
  }

  void ReadOption(const std::string& name, const YAML::Node& node, const std::string& path,
                  CheckConfig& check) {
    OptionValue value;
    value.line = LineOf(node);
    value.is_list = node.IsSequence();
    bool well_formed = node.IsScalar() && node.Scalar().size() <= kMaxScalarBytes;
    if (well_formed) value.values.push_back(node.Scalar());
    if (value.is_list && node.size() <= kMaxListValues) {
      well_formed = true;
      for (const YAML::Node& each : node) {
        well_formed = well_formed && each.IsScalar() && each.Scalar().size() <= kMaxScalarBytes;
        if (well_formed) value.values.push_back(each.Scalar());
      }
    }
    if (!well_formed) {
      Error(value.line, Path(path, CleanText(name, 80)),
            "must be one value or a list of at most 256 values, each at most 4096 bytes");
      return;
    }
    check.options.emplace(name, std::move(value));
  }

  const std::string file_;
  AgentConfig config_;
  std::map<std::string, Fields> sections_;
  std::vector<std::string> errors_;
};

}  // namespace

absl::StatusOr<AgentConfig> ParseAgentConfig(const std::string& text, const std::string& file) {
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": is larger than 1 MiB; a configuration is not"));
  }
  Reader reader(file);
  try {
    const yaml::OneDocument document = yaml::LoadOneDocument(text);
    if (document.second_line != 0) {
      reader.Error(document.second_line, "",
                   "a second document starts here (\"---\"); one file holds one configuration");
    } else if (document.empty || document.root.IsNull()) {
      reader.Error(1, "", "is empty; see faultline-agent --help for an example");
    } else {
      reader.ReadRoot(document.root);
    }
  } catch (const YAML::Exception& e) {
    // What the parser could not read hides everything after it; where it stopped is what helps.
    reader.Error(e.mark.is_null() ? 1 : e.mark.line + 1, "",
                 absl::StrCat("is not valid YAML (", CleanText(e.msg, 200),
                              "); is the file complete, and indented by spaces?"));
  } catch (const std::exception& e) {
    reader.Error(1, "", absl::StrCat("cannot be read as YAML: ", CleanText(e.what(), 200)));
  }
  return reader.Take();
}

}  // namespace faultline::config
