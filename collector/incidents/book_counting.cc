// The book's part that counts how often what begins: the rules of life ask.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "collector/incidents/book.h"
#include "collector/incidents/book_entries.h"
#include "collector/incidents/reason_words.h"

namespace faultline::incidents {

uint32_t IncidentBook::CountOf(const Track& track, ReasonFamily family) {
  const auto is_it = [&](const Beginning& one) { return one.family == family; };
  return static_cast<uint32_t>(std::count_if(track.begins.begin(), track.begins.end(), is_it));
}

void IncidentBook::Follow(Open& open, const rules::Alert& alert, const rules::Alert* before,
                          Moment moment) {
  if (IsOver(alert)) {
    open.tracks[alert.id].ended = moment.mono;
    return;
  }
  CountBeginning(open, alert, before, moment);
}

// What comes and goes, and while it is there gets a reason of another family.
bool IncidentBook::IsBrokenInAnotherWay(const Open& open, const rules::Alert& alert,
                                        const rules::Alert& before) const {
  const auto track = open.tracks.find(alert.id);
  const ReasonFamily family = FamilyOf(before.reason);
  return !IsOver(alert) && FamilyOf(alert.reason) != family && track != open.tracks.end() &&
         CountOf(track->second, family) >= kFlapTimes;
}

// What is broken in another way than before is another fault, and told like any other, unless it
// goes to and fro between the two.
void IncidentBook::CountBeginning(Open& open, const rules::Alert& alert, const rules::Alert* before,
                                  Moment moment) {
  Incident& incident = open.incident;
  std::vector<Beginning>& begins = open.tracks[alert.id].begins;
  const ReasonFamily family = FamilyOf(alert.reason);
  const auto is_family = [&](const Beginning& one) { return one.family == family; };
  std::erase_if(begins, [&](const Beginning& one) { return one.at + kFlapWindow < moment.mono; });
  begins.push_back({moment.mono, alert.since, family});
  uint32_t count = CountOf(open.tracks[alert.id], family);
  if (count > kFlapTimes) {
    begins.erase(std::find_if(begins.begin(), begins.end(), is_family));
    --count;
  }
  auto& faults = incident.faults;
  const auto known = std::find_if(faults.begin(), faults.end(),
                                  [&](const Fault& fault) { return fault.alert == alert.id; });
  if (known == faults.end()) {
    faults.push_back({.alert = alert.id, .times = 1, .first = alert.since});
    return;
  }
  const bool is_another = before != nullptr && FamilyOf(before->reason) != family;
  if (!is_another || (known->flaps && count >= kFlapTimes)) {
    ++known->times;
    return;
  }
  if (known->told) {
    const auto was = incident.was.find(absl::StrCat(before->id, "/", before->reason));
    incident.past.push_back(was != incident.was.end() ? was->second : PastInWords(*before));
  }
  const WallTime first = std::find_if(begins.begin(), begins.end(), is_family)->since;
  *known = {.alert = alert.id, .times = count, .first = first};
}

}  // namespace faultline::incidents
