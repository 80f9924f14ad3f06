#include "agent/explain.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "agent/config/facts.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;

constexpr size_t kWidth = 80;

// Breaks `text` at spaces; every line but the first begins with `indent` spaces.
std::string Wrapped(const std::string& text, size_t indent) {
  std::string out;
  size_t column = indent;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column > indent && column + 1 + word.size() > kWidth) {
      absl::StrAppend(&out, "\n", std::string(indent, ' '));
      column = indent;
    } else if (column > indent) {
      absl::StrAppend(&out, " ");
      ++column;
    }
    absl::StrAppend(&out, std::string(word));
    column += word.size();
  }
  return out;
}

std::string Line(const std::string& name, const std::string& text) {
  std::string label = name;
  label.resize(std::max<size_t>(name.size(), 10), ' ');
  return absl::StrCat(label, Wrapped(text, label.size()), "\n");
}

std::string Interval(const v1::KindReport& kind) {
  if (kind.interval().empty()) return "told by the system";
  return absl::StrCat(kind.interval(), ", at least ", kind.min_interval());
}

// "duration, 1s to 1d, default 60s"
std::string Form(const v1::OptionReport& option) {
  std::string form = option.type();
  if (!option.max().empty()) absl::StrAppend(&form, ", ", option.min(), " to ", option.max());
  if (option.required()) absl::StrAppend(&form, ", required");
  if (!option.default_value().empty()) {
    absl::StrAppend(&form, ", default ", option.default_value());
  }
  return form;
}

void AddNamed(const std::string& title, const auto& entries, std::string& out) {
  if (entries.empty()) return;
  absl::StrAppend(&out, "\n", title, "\n");
  for (const v1::NamedHelp& entry : entries) {
    absl::StrAppend(&out, "  ", entry.name(), "\n      ", Wrapped(entry.help(), 6), "\n");
  }
}

std::string FirstSentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::string OptionsOf(const config::RoleCheck& check) {
  std::vector<std::string> options;
  for (const auto& [name, value] : check.options)
    options.push_back(absl::StrCat(name, ": ", value));
  return absl::StrJoin(options, ", ");
}

// For a cell of a table.
std::string Cell(const std::string& text) {
  return absl::StrJoin(absl::StrSplit(text, '|'), "\\|");
}

void AddTable(const std::string& title, const auto& entries, std::string& out) {
  if (entries.empty()) return;
  absl::StrAppend(&out, "\n| ", title, " | meaning |\n| --- | --- |\n");
  for (const v1::NamedHelp& entry : entries) {
    absl::StrAppend(&out, "| `", entry.name(), "` | ", Cell(entry.help()), " |\n");
  }
}

std::string KindMarkdown(const v1::KindReport& kind) {
  std::string out =
      absl::StrCat("\n## ", kind.kind(), "\n\n", kind.help(), "\n\n", "- *Target*: ", kind.target(),
                   "\n- *Interval*: ", Interval(kind), "\n- *Rights*: ", kind.rights(), "\n");
  if (!kind.options().empty()) {
    absl::StrAppend(&out, "\n| option | form | meaning |\n| --- | --- | --- |\n");
    for (const v1::OptionReport& option : kind.options()) {
      absl::StrAppend(&out, "| `", option.name(), "` | ", Cell(Form(option)), " | ",
                      Cell(option.help()), " |\n");
    }
  }
  AddTable("reason", kind.reasons(), out);
  AddTable("gauge", kind.gauges(), out);
  if (!kind.example().empty()) absl::StrAppend(&out, "\n```yaml\n", kind.example(), "```\n");
  return out;
}

std::string RoleMarkdown(const config::Role& role) {
  std::string out = absl::StrCat("\n### ", role.name, "\n\n", role.help,
                                 "\n\n| kind | target | options |\n| --- | --- | --- |\n");
  for (const config::RoleCheck& check : role.checks) {
    const std::string options = OptionsOf(check);
    absl::StrAppend(&out, "| ", check.kind, " | `", check.target, "` | ",
                    options.empty() ? "" : absl::StrCat("`", options, "`"), " |\n");
  }
  return out;
}

}  // namespace

std::string ExplainKind(const v1::KindReport& kind) {
  std::string out = absl::StrCat(kind.kind(), "\n  ", Wrapped(kind.help(), 2), "\n\n",
                                 Line("Target", kind.target()), Line("Interval", Interval(kind)),
                                 Line("Rights", kind.rights()));
  if (!kind.options().empty()) absl::StrAppend(&out, "\nOptions\n");
  for (const v1::OptionReport& option : kind.options()) {
    absl::StrAppend(&out, "  ", option.name(), ": ", Form(option), "\n      ",
                    Wrapped(option.help(), 6), "\n");
  }
  AddNamed("Reasons", kind.reasons(), out);
  AddNamed("Gauges", kind.gauges(), out);
  if (!kind.example().empty()) absl::StrAppend(&out, "\nExample\n", kind.example());
  return out;
}

std::string ExplainRole(const config::Role& role) {
  std::string out =
      absl::StrCat(role.name, "\n  ", Wrapped(role.help, 2),
                   "\n\nChecks ({names} are facts of the sections site and database)\n");
  for (const config::RoleCheck& check : role.checks) {
    absl::StrAppend(&out, "  ", check.kind, ":", check.target, "\n");
    const std::string options = OptionsOf(check);
    if (!options.empty()) absl::StrAppend(&out, "      ", Wrapped(options, 6), "\n");
  }
  return out;
}

std::string ExplainAll(const v1::KindList& kinds) {
  std::string out = "Kinds of checks\n";
  const auto add = [&out](const std::string& name, const std::string& help) {
    std::string label = absl::StrCat("  ", name);
    label.resize(std::max<size_t>(label.size() + 1, 15), ' ');
    absl::StrAppend(&out, label, Wrapped(FirstSentence(help), label.size()), "\n");
  };
  for (const v1::KindReport& kind : kinds.kinds()) add(kind.kind(), kind.help());
  absl::StrAppend(&out, "\nRoles (role: NAME in agent.yaml)\n");
  for (const config::Role& role : config::Roles()) add(role.name, role.help);
  absl::StrAppend(&out,
                  "\nfaultline-agent explain NAME says all of one of them, faultline-agent explain "
                  "agent.yaml\nevery key of the configuration.\n");
  return out;
}

std::string ExplainMarkdown(const v1::KindList& kinds) {
  std::string out =
      "# Checks and roles\n\n"
      "<!-- Made by `make docs` from the declarations in agent/checks and agent/config/roles.cc. "
      "-->\n\n"
      "What an agent can watch. In a shell: `faultline-agent explain`. Besides its options every "
      "check takes\n`name` (tells two of one kind and target apart), `subject` (what it speaks of) "
      "and, where it has one, `interval`.\n";
  for (const v1::KindReport& kind : kinds.kinds()) absl::StrAppend(&out, KindMarkdown(kind));
  absl::StrAppend(&out,
                  "\n## Roles\n\n`role: NAME` in agent.yaml brings these checks. A `{fact}` comes "
                  "from the sections `site` and `database`;\na check whose fact is not known is "
                  "left out and the log says so, an option is left out of its check.\n");
  for (const config::Role& role : config::Roles()) absl::StrAppend(&out, RoleMarkdown(role));
  absl::StrAppend(&out, "\n### Facts\n\n| fact | default | meaning |\n| --- | --- | --- |\n");
  for (const config::FactDeclaration& fact : config::FactDeclarations()) {
    absl::StrAppend(&out, "| `", fact.name, "` | ",
                    fact.default_value.empty() ? "" : absl::StrCat("`", fact.default_value, "`"),
                    " | ", Cell(fact.help), " |\n");
  }
  return out;
}

}  // namespace faultline::agent
