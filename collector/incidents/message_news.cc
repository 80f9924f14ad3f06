#include "collector/incidents/message_news.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collector/incidents/consequence.h"
#include "collector/incidents/message_headline.h"
#include "collector/incidents/message_words.h"
#include "common/text.h"

namespace faultline::incidents {
namespace {

constexpr size_t kMaxAlso = 4;
constexpr size_t kMaxAlsoText = 240;
constexpr size_t kMaxOver = 4;

// "3 times within 12 s".
std::string Often(const News& news) {
  return absl::StrCat(news.times, " times within ", SpanInWords(news.within));
}

}  // namespace

const rules::Alert* AlertById(const Incident& incident, const std::string& id) {
  for (const rules::Alert& alert : incident.alerts) {
    if (alert.id == id) return &alert;
  }
  return nullptr;
}

std::string EndedInWords(const rules::Alert& alert) {
  if (alert.state == rules::AlertState::kWithdrawn) {
    return absl::StrCat(ThingInWords(alert), " is not watched any more");
  }
  return absl::StrCat(ThingInWords(alert), " is well again after ",
                      SpanInWords(alert.resolved_at - alert.since));
}

std::vector<std::string> AlsoBroken(const Incident& incident, const rules::Alert& lead,
                                    const std::string& title, const model::Hosts& hosts) {
  std::vector<std::string> also;
  size_t more = 0;
  const auto known_faults = FaultsOf(incident, hosts);
  const std::set<std::string>& faults = *known_faults;
  for (const rules::Alert& alert : incident.alerts) {
    if (alert.id == lead.id || !faults.contains(alert.id)) continue;
    if (also.size() == kMaxAlso) {
      ++more;
      continue;
    }
    std::string words = Headline(alert, hosts);
    words.pop_back();
    if (absl::StrContains(title, words)) continue;
    also.push_back(
        CleanText(absl::StrCat(words, " (since ", ClockTime(alert.since, incident.since), ")"),
                  kMaxAlsoText));
  }
  if (more > 0) also.push_back(absl::StrCat("and ", more, " more"));
  return also;
}

std::vector<std::string> EndedBeside(const Incident& incident, const std::string& title,
                                     const News& news) {
  std::vector<std::string> ended;
  size_t more = 0;
  for (const std::string& id : news.ended) {
    const rules::Alert* over = AlertById(incident, id);
    std::string words = over == nullptr ? "" : EndedInWords(*over);
    if (words.empty() || absl::StrContains(title, words)) continue;
    if (ended.size() < kMaxOver) {
      ended.push_back(std::move(words));
    } else {
      ++more;
    }
  }
  if (more > 0) {
    ended.push_back(absl::StrCat(more, more == 1 ? " more is" : " more are", " well again"));
  }
  return ended;
}

std::string OpenHeadline(const Incident& incident, const rules::Alert& lead,
                         const model::Hosts& hosts, const News& news) {
  const std::string headline = Headline(lead, hosts);
  const rules::Alert* about = AlertById(incident, news.alert);
  if (about == nullptr || news.occasion == Occasion::kNone) return headline;
  if (news.occasion == Occasion::kEnded) {
    return absl::StrCat(EndedInWords(*about), ". Still: ", headline);
  }
  if (news.occasion == Occasion::kOutlived && about->id == lead.id) {
    const rules::Alert* over =
        news.ended.empty() ? nullptr : AlertById(incident, news.ended.front());
    return over == nullptr ? headline : absl::StrCat(EndedInWords(*over), ". Still: ", headline);
  }
  if (news.occasion == Occasion::kFlaps) {
    const std::string flaps =
        absl::StrCat(ThingInWords(*about), " comes and goes: out ", Often(news), ". ");
    return absl::StrCat(flaps, about->id == lead.id ? "Now: " : "Also: ", headline);
  }
  if (about->id == lead.id) {
    if (news.times < 2) return headline;
    return absl::StrCat(headline, " Out ", Often(news), ".");
  }
  return absl::StrCat(headline, " Also: ", Headline(*about, hosts));
}

}  // namespace faultline::incidents
