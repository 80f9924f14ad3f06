// How --once looks to a person.
#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/once.h"
#include "common/state.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;

constexpr char kReset[] = "\x1b[0m";
constexpr char kFaint[] = "\x1b[2m";

const char* Colour(State state) {
  switch (state) {
    case State::kCritical:
      return "\x1b[1;31m";
    case State::kWarning:
      return "\x1b[33m";
    case State::kOk:
      return "\x1b[32m";
    case State::kUnknown:
    case State::kUnspecified:
      break;
  }
  return "\x1b[35m";
}

// Texts were cleaned when the report was made; widths count bytes, which names are.
std::string Padded(const std::string& text, size_t width) {
  return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}

std::string Painted(const std::string& text, const char* with, bool colour) {
  return colour && !text.empty() ? absl::StrCat(with, text, kReset) : text;
}

std::string IdOf(const v1::CheckReport& check) {
  return absl::StrCat(check.kind(), ":", check.target(), check.name().empty() ? "" : "#",
                      check.name());
}

std::string Counts(const v1::OnceReport& report) {
  std::map<int, size_t> counts;
  for (const v1::CheckReport& check : report.checks()) {
    ++counts[-Badness(ParseState(check.state()).value_or(State::kUnknown))];
  }
  std::vector<std::string> parts;
  for (const State state : {State::kCritical, State::kWarning, State::kUnknown, State::kOk}) {
    const auto found = counts.find(-Badness(state));
    if (found == counts.end()) continue;
    parts.push_back(absl::StrCat(found->second, " ", std::string(StateName(state))));
  }
  return absl::StrCat(report.checks_size(), report.checks_size() == 1 ? " check: " : " checks: ",
                      absl::StrJoin(parts, ", "));
}

}  // namespace

std::string OnceTable(const v1::OnceReport& report, bool colour) {
  size_t id_width = 5;
  size_t reason_width = 6;
  for (const v1::CheckReport& check : report.checks()) {
    id_width = std::max(id_width, IdOf(check).size());
    reason_width = std::max(reason_width, check.reason().size());
  }
  constexpr size_t kStateWidth = 8;
  const size_t indent = kStateWidth + id_width + reason_width + 6;
  std::string out =
      Painted(absl::StrCat(Padded("STATE", kStateWidth), "  ", Padded("CHECK", id_width), "  ",
                           Padded("REASON", reason_width), "  DETAIL"),
              kFaint, colour);
  absl::StrAppend(&out, "\n");
  for (const v1::CheckReport& check : report.checks()) {
    const State state = ParseState(check.state()).value_or(State::kUnknown);
    std::string line =
        absl::StrCat(Painted(Padded(check.state(), kStateWidth), Colour(state), colour), "  ",
                     Padded(IdOf(check), id_width), "  ", Padded(check.reason(), reason_width),
                     "  ", check.detail());
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&out, line, "\n");
    for (const std::string& fact : check.evidence()) {
      absl::StrAppend(&out, std::string(indent, ' '), Painted(fact, kFaint, colour), "\n");
    }
  }
  absl::StrAppend(&out, "\n", Counts(report), "\n");
  for (const std::string& note : report.notes()) absl::StrAppend(&out, "Note: ", note, "\n");
  for (const std::string& right : report.missing_rights()) {
    absl::StrAppend(&out, "Right: ", right, "\n");
  }
  return out;
}

}  // namespace faultline::agent
