#include "collector/incidents/host_reach.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collector/rules/sight.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxNamed = 3;

// "data", "data and db", "data, db and 2 others".
std::string NamesInWords(std::vector<std::string> names) {
  if (names.size() > kMaxNamed) {
    const size_t others = names.size() - kMaxNamed + 1;
    names.resize(kMaxNamed - 1);
    names.push_back(absl::StrCat(others, " others"));
  }
  if (names.size() < 2) return absl::StrJoin(names, "");
  const std::string last = names.back();
  names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), " and ", last);
}

// "data and db get no answer (ping, 443, 22)".
std::string SightInWords(const std::vector<model::Glimpse>& glimpses, bool answered) {
  std::vector<std::string> names;
  std::vector<std::string> ways;
  for (const model::Glimpse& glimpse : glimpses) {
    if (glimpse.answered != answered) continue;
    names.push_back(glimpse.from);
    for (const std::string& way : glimpse.by) {
      const bool is_known = std::find(ways.begin(), ways.end(), way) != ways.end();
      if (!is_known && way != "ping") ways.push_back(way);
      if (!is_known && way == "ping") ways.insert(ways.begin(), way);
    }
  }
  if (names.empty()) return "";
  const bool is_one = names.size() == 1;
  return absl::StrCat(NamesInWords(std::move(names)), is_one ? " gets " : " get ",
                      answered ? "an answer (" : "no answer (", absl::StrJoin(ways, ", "), ")");
}

}  // namespace

HostReach ReachOf(const HostId& id, WallTime since, const model::Hosts& hosts) {
  const std::vector<model::Glimpse> glimpses = rules::GlimpsesOf(id, since, hosts);
  // One that gets an answer proves more than many that get none.
  if (std::string alive = SightInWords(glimpses, true); !alive.empty()) {
    return {HostReach::Kind::kAnswers, std::move(alive)};
  }
  if (std::string gone = SightInWords(glimpses, false); !gone.empty()) {
    return {HostReach::Kind::kGone, std::move(gone)};
  }
  return {};
}

std::string UnansweredInWords(const std::vector<model::Glimpse>& glimpses) {
  const auto silent = std::count_if(glimpses.begin(), glimpses.end(),
                                    [](const model::Glimpse& one) { return !one.answered; });
  if (silent == 0) return "the collector hears nothing of it, and nobody else can look";
  return absl::StrCat(SightInWords(glimpses, false),
                      silent == 1 ? ", and nobody else can look" : "");
}

}  // namespace faultline::incidents
