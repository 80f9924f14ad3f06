#include "collector/incidents/life.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace faultline::incidents {
namespace {

const Fault* FindTold(const std::vector<Fault>& told, const std::string& alert) {
  for (const Fault& fault : told) {
    if (fault.alert == alert) return &fault;
  }
  return nullptr;
}

// The earliest moment that anything waits for.
class Waiting {
 public:
  // Whether `due` has come; else it is waited for.
  bool IsDue(MonoTime due, MonoTime now) {
    if (due <= now) return true;
    if (!next_.has_value() || due < *next_) next_ = due;
    return false;
  }
  std::optional<MonoTime> next() const { return next_; }

 private:
  std::optional<MonoTime> next_;
};

// The gravest of what was told and is not over, as far as was told.
rules::Severity GravestTold(const std::vector<Fault>& told) {
  rules::Severity gravest = rules::Severity::kInfo;
  for (const Fault& fault : told) {
    if (fault.told && !fault.end_told) gravest = std::max(gravest, fault.severity);
  }
  return gravest;
}

// Why a further fault need not wait for what was told before it, or has to.
struct Haste {
  bool has_cause = false;  // something that was told follows from it
  bool is_same = false;    // it says what was told a moment ago: it is seen from nearer now
  bool is_graver = false;  // than all that was told
};

// What is the matter, of faults beside the one that is judged.
struct Troubles {
  std::set<std::string> following;         // was told, and has turned out to follow from another
  std::set<std::string> over;              // was told, and has just ended, which was not
  std::map<std::string, MonoTime> untold;  // fires since then, and was not told
};

Troubles TroublesOf(const std::vector<Fault>& told, const IncidentNow& now) {
  Troubles troubles;
  for (const FaultNow& fault : now.faults) {
    const Fault* known = FindTold(told, fault.alert);
    if (known == nullptr) continue;
    if (fault.fires) {
      if (!known->told) troubles.untold[fault.trouble] = fault.began;
    } else if (known->told && !known->end_told) {
      (fault.follows ? troubles.following : troubles.over).insert(fault.trouble);
    }
  }
  return troubles;
}

// What there is to say of one fault that fires.
Occasion NewsOf(const Fault* told, const FaultNow& fault, const IncidentNow& now, Haste haste,
                Waiting* waiting) {
  const bool is_new = told == nullptr || !told->told || told->end_told;
  // One that is graver than its cause does not follow from it any more, nor does it wait to.
  if (is_new && fault.freed.has_value() && !haste.is_graver) {
    return waiting->IsDue(*fault.freed + kOutlives, now.now) ? Occasion::kOutlived
                                                             : Occasion::kNone;
  }
  // Its beginnings are told, that it stays is not.
  if (told != nullptr && told->flaps) {
    return waiting->IsDue(fault.began + kSteady, now.now) ? Occasion::kBegan : Occasion::kNone;
  }
  if (fault.flaps) return Occasion::kFlaps;
  if (is_new) {
    const bool at_once = haste.has_cause || haste.is_graver;
    const MonoTime settled = haste.is_same ? fault.began + kWordsSettle : now.news_from;
    return at_once || waiting->IsDue(std::max(settled, now.news_from), now.now) ? Occasion::kBegan
                                                                                : Occasion::kNone;
  }
  if (fault.severity > told->severity) return Occasion::kGraver;
  if (fault.severity < told->severity) {
    return waiting->IsDue(fault.worded + kWordsSettle, now.now) ? Occasion::kGraver
                                                                : Occasion::kNone;
  }
  if (fault.words == told->words) return Occasion::kNone;
  // The cause of what was told without one.
  if (fault.names_cause && fault.words.starts_with(told->words)) return Occasion::kReworded;
  MonoTime due = fault.worded + kWordsSettle;
  if (now.last_reword.has_value()) due = std::max(due, *now.last_reword + kRewordEvery);
  return waiting->IsDue(due, now.now) ? Occasion::kReworded : Occasion::kNone;
}

// A check that was taken away may come back at once by another name.
MonoTime QuietFrom(const Fault* told, const FaultNow& fault) {
  if (told != nullptr && (told->flaps || fault.flaps)) return fault.ended + kCalm;
  if (fault.returned) return fault.ended + kHostSettles;
  return fault.withdrawn ? fault.ended + kEndSettles : fault.ended;
}

}  // namespace

Word NextWord(const std::vector<Fault>& told, const IncidentNow& now) {
  Waiting waiting;
  if (!now.first_word.has_value()) {
    const FaultNow* gravest = nullptr;
    for (const FaultNow& fault : now.faults) {
      const bool is_graver = gravest == nullptr || fault.severity > gravest->severity;
      if (fault.fires && is_graver) gravest = &fault;
    }
    if (gravest != nullptr) {
      return {gravest->flaps ? Occasion::kFlaps : Occasion::kOpened, gravest->alert};
    }
  }
  const auto fires = [](const FaultNow& fault) { return fault.fires; };
  if (!now.any_fires && std::none_of(now.faults.begin(), now.faults.end(), fires)) {
    MonoTime due{};
    for (const FaultNow& fault : now.faults) {
      due = std::max(due, QuietFrom(FindTold(told, fault.alert), fault));
    }
    // Of what nobody was told the end is all there is to say.
    const bool is_short = now.first_word.has_value() && due < *now.first_word + kShort;
    if (is_short) due = due + kEndSettles;
    if (waiting.IsDue(due, now.now)) return {Occasion::kResolved, ""};
    return {Occasion::kNone, "", waiting.next()};
  }
  // Who outlives what is over is told together with that.
  MonoTime ends_from{};
  for (const FaultNow& fault : now.faults) {
    if (fault.fires && fault.freed.has_value()) {
      ends_from = std::max(ends_from, *fault.freed + kOutlives);
    }
  }
  const rules::Severity as_told = GravestTold(told);
  const Troubles troubles = TroublesOf(told, now);
  Word word;
  // The gravest news first; among equals what stands first in Occasion.
  rules::Severity gravest = rules::Severity::kInfo;
  for (const FaultNow& fault : now.faults) {
    const Fault* known = FindTold(told, fault.alert);
    Occasion occasion = Occasion::kNone;
    if (fault.fires) {
      const size_t same = troubles.following.count(fault.trouble);
      const Haste haste{.has_cause = troubles.following.size() > same,
                        .is_same = same > 0 || troubles.over.contains(fault.trouble),
                        .is_graver = fault.severity > as_told};
      occasion = NewsOf(known, fault, now, haste, &waiting);
    } else if (!fault.follows && !fault.withdrawn && known != nullptr && known->told &&
               !known->end_told) {
      const Span calm = known->flaps || fault.flaps ? kCalm : kEndSettles;
      MonoTime due = std::max(fault.ended + calm, ends_from);
      // Somebody nearer still says the same, of which nobody was told.
      const auto same = troubles.untold.find(fault.trouble);
      if (same != troubles.untold.end()) due = std::max(due, same->second + kWordsSettle);
      if (waiting.IsDue(due, now.now)) occasion = Occasion::kEnded;
    }
    if (occasion == Occasion::kNone) continue;
    const bool first = word.occasion == Occasion::kNone || fault.severity > gravest ||
                       (fault.severity == gravest && occasion < word.occasion);
    if (!first) continue;
    gravest = fault.severity;
    word = {occasion, fault.alert};
  }
  if (word.occasion != Occasion::kNone) return word;
  // All that is as grave as was told is over, or follows from what is less so.
  if (now.gravest < as_told && waiting.IsDue(now.gravest_since + kWordsSettle, now.now)) {
    return {Occasion::kGraver, ""};
  }
  word.next = waiting.next();
  return word;
}

void MarkTold(const IncidentNow& now, std::vector<Fault>* told) {
  for (const FaultNow& fault : now.faults) {
    auto known = std::find_if(told->begin(), told->end(),
                              [&](const Fault& one) { return one.alert == fault.alert; });
    if (known == told->end()) continue;
    if (fault.follows) {
      // Spoken of as what its cause does: should it outlive that, it is news.
      known->told = known->flaps = false;
      continue;
    }
    if (!fault.fires && !known->told) continue;
    if (fault.fires) {
      known->told = true;
      known->severity = fault.severity;
      known->words = fault.words;
    }
    const MonoTime steady = fault.fires ? fault.began + kSteady : fault.ended + kCalm;
    known->flaps = fault.flaps && steady > now.now;
    known->end_told = !fault.fires && !known->flaps;
  }
}

}  // namespace faultline::incidents
