#include "agent/config/role_checks.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace faultline::config {
namespace {

using Why = AbsentCheck::Why;

constexpr size_t kMaxId = 1024;  // what Fits tries grows faster than the text

// "write site: {domain: ...}"
std::string WhatToWrite(const std::string& fact) {
  const size_t dot = fact.find('.');
  // A part of the address.
  const std::string given = fact == "database.host" ? "address" : fact.substr(dot + 1);
  return absl::StrCat("write ", fact.substr(0, dot), ": {", given, ": ...}");
}

const FactDeclaration* Find(const std::string& fact) {
  const auto& all = FactDeclarations();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == fact; });
  return found == all.end() ? nullptr : &*found;
}

// Why the check is left out: the fact that it lacks, in words.
std::pair<Why, std::string> Reason(const std::string& missing) {
  if (missing == "host.cloud_init") return {Why::kNotHere, "this host has no cloud-init at work"};
  const FactDeclaration* fact = Find(missing);
  if (fact != nullptr && !fact->absent.empty()) {
    return {Why::kNotHere,
            absl::StrCat(fact->absent, "; where that is wrong, ", WhatToWrite(missing))};
  }
  return {Why::kUnknownFact,
          absl::StrCat("it does not know ", missing, "; ", WhatToWrite(missing))};
}

// With what is known filled in, the rest still in braces.
std::string FillWhatIsKnown(std::string text, const Facts& facts) {
  std::string filled;
  std::string missing;
  for (size_t open = 0; (open = text.find('{', open)) != std::string::npos;) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    if (FillIn(text.substr(open, close + 1 - open), facts, &filled, &missing)) {
      text.replace(open, close + 1 - open, filled);
      open += filled.size();
    } else {
      open = close + 1;
    }
  }
  return text;
}

// Whether `text` has the form `pattern`, in which "{fact}" stands for whatever the fact could be.
bool Fits(absl::string_view pattern, absl::string_view text) {
  const size_t open = pattern.find('{');
  const size_t close = open == absl::string_view::npos ? open : pattern.find('}', open);
  if (close == absl::string_view::npos) return pattern == text;
  if (!absl::StartsWith(text, pattern.substr(0, open))) return false;
  const std::string fact(pattern.substr(open + 1, close - open - 1));
  for (size_t end = text.size(); end > open; --end) {
    const std::string value(text.substr(open, end - open));
    if (FormError(fact, value).empty() && Fits(pattern.substr(close + 1), text.substr(end))) {
      return true;
    }
  }
  return false;
}

class Expansion {
 public:
  Expansion(const std::vector<const Role*>& roles, const Facts& facts, int line)
      : roles_(roles), facts_(facts), line_(line) {}

  RoleChecks Expand() {
    for (const Role* role : roles_) Add(*role);
    // Another role may know what one does not.
    std::erase_if(out_.left_out, [&](const LeftOutCheck& left_out) {
      return std::any_of(out_.checks.begin(), out_.checks.end(), [&](const BroughtCheck& brought) {
        return brought.check.id.ToString() == left_out.id;
      });
    });
    return std::move(out_);
  }

 private:
  void Add(const Role& role) {
    for (const RoleCheck& each : role.checks) AddCheck(role, each);
  }

  void AddCheck(const Role& role, const RoleCheck& each) {
    for (const Role* beside : roles_) {
      if (std::count(each.not_beside.begin(), each.not_beside.end(), beside->name) == 0) continue;
      return LeaveOut(role, each, Why::kNotHere,
                      absl::StrCat("this host has the role ", beside->name,
                                   " too, and may reach what others may not"));
    }
    CheckConfig check;
    std::string missing;
    const bool known = FillIn(each.target, facts_, &check.id.target, &missing);
    if (known && !each.needs.empty() && !facts_.values.contains(each.needs)) missing = each.needs;
    if (!missing.empty()) {
      auto [why, reason] = Reason(missing);
      return LeaveOut(role, each, why, std::move(reason));
    }
    check.id.kind = each.kind;
    check.subject = each.subject;
    check.line = line_;
    check.place = absl::StrCat("role ", role.name, ": ", check.id.ToString());
    Note(check, "target", each.target);
    for (const auto& [name, value] : each.options) {
      OptionValue option{.line = line_};
      option.values.emplace_back();
      if (!FillIn(value, facts_, &option.values[0], &missing)) continue;
      check.options[name] = option;
      Note(check, name, value);
    }
    Merge(role, each, std::move(check));
  }

  void Merge(const Role& role, const RoleCheck& each, CheckConfig check) {
    const auto first =
        std::find_if(out_.checks.begin(), out_.checks.end(),
                     [&](const BroughtCheck& other) { return other.check.id == check.id; });
    if (first == out_.checks.end()) {
      out_.checks.push_back({std::move(check), &each});
    } else if (!SameCheck(first->check, check) && first->check.place != check.place) {
      const std::string winner = first->check.place.substr(0, first->check.place.find(':'));
      out_.shared.push_back(absl::StrCat(check.id.ToString(), " is as ", winner, " has it; role ",
                                         role.name, " has it with other options"));
    }
  }

  void LeaveOut(const Role& role, const RoleCheck& each, Why why, std::string reason) {
    const std::string id = absl::StrCat(each.kind, ":", FillWhatIsKnown(each.target, facts_));
    const bool again = std::any_of(out_.left_out.begin(), out_.left_out.end(),
                                   [&](const LeftOutCheck& other) { return other.id == id; });
    if (!again) {
      out_.left_out.push_back({id, role.name, {each.kind, each.target, why, std::move(reason)}});
    }
  }

  void Note(CheckConfig& check, const std::string& field, const std::string& text) const {
    FactSource source = SourceOf(text, facts_);
    if (!source.fact.empty()) check.sources[field] = std::move(source);
  }

  const std::vector<const Role*>& roles_;
  const Facts& facts_;
  const int line_;
  RoleChecks out_;
};

void MarkDisabled(AbsentCheck& absent) {
  absent.why = Why::kDisabled;
  absent.detail = "it is disabled in this host's agent.yaml";
}

}  // namespace

RoleChecks ExpandRoles(const std::vector<const Role*>& roles, const Facts& facts, int line) {
  return Expansion(roles, facts, line).Expand();
}

bool CouldBe(const LeftOutCheck& left_out, const std::string& id) {
  return id.size() <= kMaxId && Fits(left_out.id, id);
}

bool Disable(RoleChecks& brought, const std::string& id) {
  const auto found =
      std::find_if(brought.checks.begin(), brought.checks.end(),
                   [&](const BroughtCheck& each) { return each.check.id.ToString() == id; });
  if (found != brought.checks.end()) {
    LeftOutCheck gone{id, "", {found->from->kind, found->from->target, Why::kDisabled, ""}};
    MarkDisabled(gone.absent);
    brought.left_out.push_back(std::move(gone));
    brought.checks.erase(found);
    return true;
  }
  bool known = false;
  for (LeftOutCheck& each : brought.left_out) {
    if (!CouldBe(each, id)) continue;
    MarkDisabled(each.absent);
    known = true;
  }
  return known;
}

std::vector<std::string> NotesOf(const RoleChecks& brought) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> checks;  // by role, why
  for (const LeftOutCheck& each : brought.left_out) {
    // An optional log is not worth a word.
    if (each.absent.why == Why::kDisabled || each.absent.target == "{database.error_log}") continue;
    checks[{each.role, each.absent.detail}].push_back(
        absl::StrCat(each.absent.kind, ":", each.absent.target));
  }
  std::vector<std::string> notes;
  for (const auto& [why, left_out] : checks) {
    notes.push_back(absl::StrCat("role ", why.first, " leaves out ", absl::StrJoin(left_out, ", "),
                                 ": ", why.second));
  }
  notes.insert(notes.end(), brought.shared.begin(), brought.shared.end());
  return notes;
}

}  // namespace faultline::config
