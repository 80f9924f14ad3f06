#include "agent/kind_report.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "agent/checks/registry.h"
#include "agent/config/facts.h"
#include "agent/config/role_checks.h"
#include "agent/config/roles.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;
using checks::OptionType;

std::string TypeName(OptionType type) {
  switch (type) {
    case OptionType::kString:
      return "text";
    case OptionType::kStringList:
      return "list";
    case OptionType::kDuration:
      return "duration";
    case OptionType::kInteger:
      return "number";
    case OptionType::kBool:
      return "yes/no";
  }
  return "";
}

std::string Bound(OptionType type, int64_t value) {
  return type == OptionType::kDuration ? FormatSpan(Span{value}) : absl::StrCat(value);
}

// As a plain scalar where YAML takes it as one, else in single quotes: patterns hold backslashes.
std::string Scalar(const std::string& text) {
  const bool plain = !text.empty() &&
                     (std::isalnum(static_cast<unsigned char>(text[0])) != 0 || text[0] == '/') &&
                     text.find(": ") == std::string::npos && text.find(" #") == std::string::npos;
  return plain ? text : absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'");
}

std::string Yaml(const config::CheckConfig& check) {
  std::string yaml = absl::StrCat("checks:\n  - kind: ", check.id.kind,
                                  "\n    target: ", Scalar(check.id.target), "\n");
  for (const auto& [name, value] : check.options) {
    std::vector<std::string> values;
    for (const std::string& each : value.values) values.push_back(Scalar(each));
    const std::string text = absl::StrJoin(values, ", ");
    absl::StrAppend(&yaml, "    ", name, ": ", value.is_list ? absl::StrCat("[", text, "]") : text,
                    "\n");
  }
  return yaml;
}

}  // namespace

v1::KindReport ReportKind(const checks::CheckKind& kind,
                          const std::optional<config::CheckConfig>& example) {
  v1::KindReport report;
  report.set_kind(kind.kind);
  report.set_help(kind.help);
  report.set_target(kind.target_help);
  report.set_rights(kind.rights);
  for (const checks::Right& right : kind.needs) {
    const bool group = right.type == checks::Right::Type::kGroup;
    report.add_needs(absl::StrCat(group ? "group " : "", right.name));
  }
  if (kind.default_interval.ns != 0) {
    report.set_interval(FormatSpan(kind.default_interval));
    report.set_min_interval(FormatSpan(kind.min_interval));
  }
  for (const checks::OptionDeclaration& option : kind.options) {
    v1::OptionReport& out = *report.add_options();
    out.set_name(option.name);
    out.set_type(TypeName(option.type));
    out.set_default_value(option.default_value);
    out.set_help(option.help);
    out.set_required(option.required);
    if (option.min == 0 && option.max == 0) continue;
    out.set_min(Bound(option.type, option.min));
    out.set_max(Bound(option.type, option.max));
  }
  for (const checks::ReasonDeclaration& reason : kind.reasons) {
    v1::NamedHelp& out = *report.add_reasons();
    out.set_name(reason.name);
    out.set_help(reason.help);
  }
  for (const checks::GaugeDeclaration& gauge : kind.gauges) {
    v1::NamedHelp& out = *report.add_gauges();
    out.set_name(gauge.name);
    out.set_help(gauge.help);
  }
  if (example) report.set_example(Yaml(*example));
  return report;
}

std::optional<config::CheckConfig> ExampleOf(const std::string& kind) {
  for (const config::Role& role : config::Roles()) {
    for (config::BroughtCheck& each : ExpandRoles({&role}, config::ExampleFacts(), 1).checks) {
      if (each.check.id.kind == kind) return std::move(each.check);
    }
  }
  return std::nullopt;
}

v1::KindList ReportAllKinds() {
  v1::KindList list;
  for (const checks::CheckKind* kind : checks::AllCheckKinds()) {
    *list.add_kinds() = ReportKind(*kind, ExampleOf(kind->kind));
  }
  return list;
}

}  // namespace faultline::agent
