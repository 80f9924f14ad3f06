#include "collector/time_zone/zone_names.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/suggestion.h"

namespace faultline::time_zone {
namespace {

constexpr char kWriteACity[] = "; write a city such as Europe/Berlin, or UTC";
constexpr size_t kMaxNames = 5000;

// POSIX counts westward: the sign is the other way round than people read it.
bool IsEtcWithOffset(const std::string& name) {
  return absl::StartsWith(name, "Etc/GMT") && name.find_first_of("123456789") != name.npos;
}

// Not Factory: what a machine has that nobody has set.
bool IsForPeople(const std::string& name) { return name != "Factory" && !IsEtcWithOffset(name); }

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// "Berlin", "europe/berlin", "New York", "Europe//Berlin", "Europe/Brelin".
std::string Meant(const std::string& name, const ZoneNames& names) {
  const std::string written =
      absl::AsciiStrToLower(absl::StrReplaceAll(name, {{" ", "_"}, {"//", "/"}}));
  std::vector<std::string> known;
  std::string of_city;
  for (const auto& [each, zone] : names) {
    if (!IsForPeople(each)) continue;
    const std::string lower = absl::AsciiStrToLower(each);
    if (lower == written) return each;
    // The zone itself before an old name of it.
    if (LastPart(lower) == written && (of_city.empty() || zone.empty())) of_city = each;
    known.push_back(each);
  }
  return of_city.empty() ? Nearest(name, known) : of_city;
}

}  // namespace

ZoneNames ParseZoneNames(const std::string& tzdata_zi) {
  ZoneNames names;
  for (const absl::string_view line : absl::StrSplit(tzdata_zi, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() < 3 || names.size() >= kMaxNames) continue;
    if (words[0] == "Z") names.insert_or_assign(std::string(words[1]), "");
    if (words[0] == "L") names.emplace(std::string(words[2]), std::string(words[1]));
  }
  return names;
}

absl::Status CheckZoneName(const std::string& name, const ZoneNames& names) {
  if (name == "UTC") return absl::OkStatus();
  const bool is_known = names.contains(name);
  if (is_known && IsForPeople(name)) return absl::OkStatus();
  if (is_known && IsEtcWithOffset(name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "reads the wrong way round (its + is behind UTC, its - ahead of it)", kWriteACity));
  }
  const std::string meant = Meant(name, names);
  return absl::InvalidArgumentError(absl::StrCat(
      "is not a time zone",
      meant.empty() ? std::string(kWriteACity) : absl::StrCat("; did you mean \"", meant, "\"?")));
}

}  // namespace faultline::time_zone
