// The life of an incident: what is to be said next, and when. What a person was told and what is
// true may differ for no longer than the spans below; ARCHITECTURE has the table. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/incidents/incident.h"
#include "common/clock.h"

namespace faultline::incidents {

// An end is believed when it has lasted this long, beside what goes on or after a short outage: who
// recovers does so one check after the other, and what crashes at once again was never well.
inline constexpr Span kEndSettles = Span::Seconds(2);
// An outage that was over so soon after its first word is believed to be when its end has settled.
inline constexpr Span kShort = Span::Seconds(5);
// What followed from a cause that is over has this long to end as well.
inline constexpr Span kOutlives = Span::Seconds(5);
// Other words for the same fault have to hold this long, unless they name a cause where none was
// named; and are told again after kRewordEvery at the earliest.
inline constexpr Span kWordsSettle = Span::Seconds(5);
inline constexpr Span kRewordEvery = Span::Seconds(60);
// Further faults that are no graver than what was told, and not its cause, wait so long after the
// last message: a storm is a few messages, each of which tells all that is so. Twice as long after
// each one that waited.
inline constexpr Span kNewsEvery = Span::Seconds(2);
inline constexpr Span kNewsAtMost = Span::Seconds(30);
// Who comes back from a cut tells of it, and looks at its checks again, within this time: all of
// that is one outage.
inline constexpr Span kHostSettles = Span::Seconds(5);
// So often within kFlapWindow, for the same family of reasons, is flapping; it ends after kCalm
// without trouble, or with trouble that lasts for kSteady.
inline constexpr uint32_t kFlapTimes = 3;
inline constexpr Span kFlapWindow = Span::Seconds(600);
inline constexpr Span kCalm = Span::Seconds(30);
inline constexpr Span kSteady = Span::Seconds(120);
// What begins again so soon after its incident ended is the same one.
inline constexpr Span kReopen = Span::Seconds(300);

// One thing that broke, as it is.
struct FaultNow {
  std::string alert;
  bool fires = false;      // and follows from nothing
  bool follows = false;    // fires, and follows from another that does
  bool withdrawn = false;  // ended because it was taken out of a configuration
  bool returned = false;   // ended: a host that was gone is heard again
  rules::Severity severity = rules::Severity::kCritical;
  std::string words;    // CauseWords
  std::string trouble;  // kind of check and reason: "mysql NO_GREETING"
  bool names_cause = false;
  MonoTime began;                 // the newest beginning
  MonoTime ended;                 // of one that does not fire: when that was learned
  MonoTime worded;                // since when its words are these
  std::optional<MonoTime> freed;  // it followed from something that ended then
  bool flaps = false;             // by how often it began
};

struct IncidentNow {
  MonoTime now;
  std::optional<MonoTime> first_word;                // of this opening
  std::optional<MonoTime> last_reword;               // kReworded
  MonoTime news_from;                                // kNewsEvery or more after the last message
  bool any_fires = false;                            // also of what follows from others
  rules::Severity gravest = rules::Severity::kInfo;  // of all that fires
  MonoTime gravest_since;
  std::vector<FaultNow> faults;
};

// What the next message is for.
enum class Occasion {
  kNone,
  kOpened,
  kBegan,     // a further fault, or one whose end was told began again
  kFlaps,     // it begins over and over
  kGraver,    // or less grave
  kOutlived,  // its cause is over, it is not
  kReworded,  // its cause has become known, or is another
  kEnded,  // one is over while others stay; one that was taken out of watch is told with the next
  kResolved,
};

struct Word {
  Occasion occasion = Occasion::kNone;
  std::string alert;             // whose news it is; empty for kResolved
  std::optional<MonoTime> next;  // with kNone: when to ask again
};

// `told` are the faults as the last message left them.
Word NextWord(const std::vector<Fault>& told, const IncidentNow& now);

// After a message: everything that is so has been told.
void MarkTold(const IncidentNow& now, std::vector<Fault>* told);

}  // namespace faultline::incidents
