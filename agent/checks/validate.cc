// Everything of registry.h that is not generated: a configuration against the declarations.
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/checks/registry.h"
#include "common/suggestion.h"
#include "common/text.h"
#include "common/wire_limits.h"

namespace faultline::checks {
namespace {

const OptionDeclaration* FindOption(const CheckKind& kind, const std::string& name) {
  for (const OptionDeclaration& option : kind.options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::optional<bool> ParseBool(const std::string& text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  return std::nullopt;
}

std::string QuotedValue(const std::string& text) {
  return absl::StrCat("\"", CleanText(text, 80), "\"");
}

bool OutOfBounds(const OptionDeclaration& option, int64_t value) {
  if (option.min == 0 && option.max == 0) return false;
  return value < option.min || value > option.max;
}

// Empty when the value fits the declaration, else what is wrong and what to write.
std::string ValueError(const OptionDeclaration& option, const config::OptionValue& value) {
  if (option.type == OptionType::kStringList) return "";
  if (value.is_list || value.values.size() != 1) return "takes one value, not a list";
  const std::string& text = value.values[0];
  int64_t number = 0;
  Span span;
  switch (option.type) {
    case OptionType::kString:
    case OptionType::kStringList:
      return "";
    case OptionType::kBool:
      if (ParseBool(text)) return "";
      return absl::StrCat(QuotedValue(text), " is not a yes or no; write true or false");
    case OptionType::kInteger:
      if (!absl::SimpleAtoi(text, &number)) {
        return absl::StrCat(QuotedValue(text), " is not a whole number");
      }
      if (!OutOfBounds(option, number)) return "";
      return absl::StrCat(number, " is out of bounds; write ", option.min, " to ", option.max);
    case OptionType::kDuration:
      if (!ParseSpan(text, &span)) {
        return absl::StrCat(QuotedValue(text), " is not a duration; write 500ms, 2s, 5m or 1h");
      }
      if (!OutOfBounds(option, span.ns)) return "";
      return absl::StrCat(text, " is out of bounds; write ", FormatSpan(Span{option.min}), " to ",
                          FormatSpan(Span{option.max}));
  }
  return "";
}

// `rest` begins with the field. Where a role made the field of a fact, the fact is what is wrong
// and can be mended.
void NoteError(yaml::Errors& errors, const config::CheckConfig& check, int line,
               const std::string& place, const std::string& rest) {
  const size_t colon = rest.find(": ");
  if (colon == std::string::npos) return errors.Add(line, place, rest);
  const std::string field = rest.substr(0, colon);
  const std::string what = rest.substr(colon + 2);
  const auto source = check.sources.find(field);
  if (source == check.sources.end()) {
    errors.Add(line, absl::StrCat(place, ".", field), what);
    return;
  }
  const config::FactSource& fact = source->second;
  const bool in_file = fact.line > 0;
  errors.Add(in_file ? fact.line : line,
             absl::StrCat(fact.fact, in_file ? "" : absl::StrCat(" (from ", fact.where, ")")),
             absl::StrCat(what, " (", place, ")"));
}

void ValidateInterval(const config::CheckConfig& check, const CheckKind& kind,
                      const std::string& place, yaml::Errors& errors) {
  if (!check.interval) return;
  if (kind.default_interval.ns == 0) {
    NoteError(errors, check, check.line, place,
              absl::StrCat("interval: ", kind.kind,
                           " checks are told by the system and take no interval; remove it"));
  } else if (*check.interval < kind.min_interval) {
    NoteError(
        errors, check, check.line, place,
        absl::StrCat("interval: ", FormatSpan(*check.interval), " is too short for ", kind.kind,
                     " checks; write ", FormatSpan(kind.min_interval), " or more"));
  } else if (*check.interval > WireLimits::kLongestInterval) {
    NoteError(errors, check, check.line, place,
              absl::StrCat("interval: ", FormatSpan(*check.interval), " is too long; write ",
                           FormatSpan(WireLimits::kLongestInterval), " or less"));
  }
}

// What the collector would refuse, and with it all that this host says, whether a person wrote it
// or it was found on the host.
void ValidateForWire(const config::CheckConfig& check, const std::string& place,
                     yaml::Errors& errors) {
  if (const absl::Status id = ValidateCheckId(check.id); !id.ok()) {
    const std::string text(id.message());  // begins with the part's name
    const size_t space = text.find(' ');
    NoteError(errors, check, check.line, place,
              absl::StrCat(text.substr(0, space), ":", text.substr(space)));
  }
  if (check.subject.size() > WireLimits::kMaxSubject) {
    NoteError(errors, check, check.line, place,
              absl::StrCat("subject: ", check.subject.size(), " bytes; write at most ",
                           WireLimits::kMaxSubject));
  }
}

void ValidateOptions(const config::CheckConfig& check, const CheckKind& kind,
                     const std::string& place, yaml::Errors& errors) {
  std::vector<std::string> known = {"kind", "target", "name", "interval", "subject"};
  for (const OptionDeclaration& option : kind.options) known.push_back(option.name);
  for (const auto& [name, value] : check.options) {
    const OptionDeclaration* option = FindOption(kind, name);
    if (option == nullptr) {
      NoteError(errors, check, value.line, place,
                absl::StrCat(CleanText(name, 80), ": ", kind.kind, " checks have no such field",
                             Suggestion(name, known)));
      continue;
    }
    const std::string error = ValueError(*option, value);
    if (!error.empty())
      NoteError(errors, check, value.line, place, absl::StrCat(name, ": ", error));
  }
  for (const OptionDeclaration& option : kind.options) {
    if (option.required && check.options.count(option.name) == 0) {
      NoteError(
          errors, check, check.line, place,
          absl::StrCat(option.name, ": is missing; ", kind.kind, " checks need it: ", option.help));
    }
  }
}

// The configured values, else the default's.
std::vector<std::string> ValuesOf(const config::CheckConfig& check, const CheckKind& kind,
                                  const std::string& name) {
  const auto configured = check.options.find(name);
  if (configured != check.options.end()) return configured->second.values;
  const OptionDeclaration* option = FindOption(kind, name);
  if (option == nullptr || option->default_value.empty()) return {};
  if (option->type != OptionType::kStringList) return {option->default_value};
  // A list's default is written "[a, b]".
  std::string text = option->default_value;
  absl::StripAsciiWhitespace(&text);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  std::vector<std::string> values = absl::StrSplit(text, ',', absl::SkipWhitespace());
  for (std::string& value : values) absl::StripAsciiWhitespace(&value);
  return values;
}

}  // namespace

const CheckKind* FindCheckKind(const std::string& name) {
  for (const CheckKind* kind : AllCheckKinds()) {
    if (kind->kind == name) return kind;
  }
  return nullptr;
}

void NoteErrors(const config::AgentConfig& config, yaml::Errors& errors) {
  for (size_t i = 0; i < config.checks.size(); ++i) {
    const config::CheckConfig& check = config.checks[i];
    const std::string place = check.place.empty() ? absl::StrCat("checks[", i, "]") : check.place;
    const CheckKind* kind = FindCheckKind(check.id.kind);
    if (kind == nullptr) {
      std::vector<std::string> known;
      for (const CheckKind* each : AllCheckKinds()) known.push_back(each->kind);
      NoteError(errors, check, check.line, place,
                absl::StrCat("kind: ", QuotedValue(check.id.kind), " is not a kind of check",
                             Suggestion(check.id.kind, known)));
      continue;
    }
    ValidateForWire(check, place, errors);
    ValidateInterval(check, *kind, place, errors);
    ValidateOptions(check, *kind, place, errors);
    if (kind->validate == nullptr) continue;
    if (absl::Status valid = kind->validate(check); !valid.ok()) {
      NoteError(errors, check, check.line, place, std::string(valid.message()));
    }
  }
}

absl::Status ValidateChecks(const config::AgentConfig& config) {
  yaml::Errors errors(config.file);
  NoteErrors(config, errors);
  return errors.status();
}

std::string StringOption(const config::CheckConfig& check, const CheckKind& kind,
                         const std::string& name) {
  const std::vector<std::string> values = ValuesOf(check, kind, name);
  return values.empty() ? "" : values[0];
}

std::vector<std::string> StringListOption(const config::CheckConfig& check, const CheckKind& kind,
                                          const std::string& name) {
  return ValuesOf(check, kind, name);
}

Span DurationOption(const config::CheckConfig& check, const CheckKind& kind,
                    const std::string& name) {
  Span span;
  return ParseSpan(StringOption(check, kind, name), &span) ? span : Span{};
}

int64_t IntegerOption(const config::CheckConfig& check, const CheckKind& kind,
                      const std::string& name) {
  int64_t number = 0;
  return absl::SimpleAtoi(StringOption(check, kind, name), &number) ? number : 0;
}

bool BoolOption(const config::CheckConfig& check, const CheckKind& kind, const std::string& name) {
  return ParseBool(StringOption(check, kind, name)).value_or(false);
}

Span IntervalOf(const config::CheckConfig& check, const CheckKind& kind) {
  return check.interval.value_or(kind.default_interval);
}

}  // namespace faultline::checks
