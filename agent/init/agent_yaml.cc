#include "agent/init/agent_yaml.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/text.h"

namespace faultline::init {
namespace {

constexpr size_t kMaxYamlValue = 4096;
constexpr size_t kMaxComment = 300;

std::string Commented(const std::string& line, const std::string& comment) {
  return absl::StrCat(line, comment.empty() ? "" : "   # ", CleanText(comment, kMaxComment), "\n");
}

std::string FactText(const FactLine& fact) {
  return Commented(
      absl::StrCat("  ", fact.known ? "" : "# ", fact.key, ": ", YamlScalar(fact.value)),
      fact.comment);
}

void AddSection(const std::string& name, const std::vector<FactLine>& facts, std::string* text) {
  if (facts.empty()) return;
  const bool any =
      std::any_of(facts.begin(), facts.end(), [](const FactLine& fact) { return fact.known; });
  // An empty section is no map.
  absl::StrAppend(text, any ? "" : "# ", name, ":\n");
  for (const FactLine& fact : facts) absl::StrAppend(text, FactText(fact));
}

std::string CheckText(const PlannedCheck& check) {
  std::string line =
      absl::StrCat("  - {kind: ", YamlScalar(check.kind), ", target: ", YamlScalar(check.target));
  for (const PlannedOption& option : check.options) {
    const std::string value = YamlScalar(option.value);
    absl::StrAppend(&line, ", ", option.key, ": ",
                    option.is_list ? absl::StrCat("[", value, "]") : value);
  }
  return Commented(line + "}", check.comment);
}

std::string RoleText(const std::vector<Seen>& roles) {
  if (roles.empty()) return "";
  if (roles.size() == 1) return Commented("role: " + roles[0].value, roles[0].where);
  std::string text = "role:\n";
  for (const Seen& role : roles) absl::StrAppend(&text, Commented("  - " + role.value, role.where));
  return text;
}

}  // namespace

std::string YamlScalar(const std::string& value) {
  const std::string text = CleanText(value, kMaxYamlValue);
  static const std::set<std::string>& words =
      *new std::set<std::string>{"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  const auto safe = [&](size_t i) {
    const char c = text[i];
    if (c == ':') return i > 0 && i + 1 < text.size();
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' || c == '.' ||
           (i > 0 && (c == '-' || c == '@'));
  };
  bool plain = !text.empty() && !words.contains(absl::AsciiStrToLower(text));
  for (size_t i = 0; plain && i < text.size(); ++i) plain = safe(i);
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string AgentYaml(const Plan& plan, const std::string& heading) {
  std::string text;
  absl::StrAppend(&text, "# ", CleanText(heading, kMaxComment),
                  "\n# Behind each line stands where it was seen. What is commented out could not "
                  "be known.\n");
  AddSection("collector", plan.collector, &text);
  AddSection("join", plan.join, &text);
  absl::StrAppend(&text, RoleText(plan.roles));
  AddSection("site", plan.site, &text);
  AddSection("database", plan.database, &text);
  if (!plan.disable.empty()) text += "disable:   # of the roles' checks\n";
  for (const Seen& each : plan.disable) {
    absl::StrAppend(&text, Commented("  - " + YamlScalar(each.value), each.where));
  }
  if (!plan.checks.empty()) text += "checks:   # beside the roles' own\n";
  for (const PlannedCheck& check : plan.checks) absl::StrAppend(&text, CheckText(check));
  return text;
}

}  // namespace faultline::init
