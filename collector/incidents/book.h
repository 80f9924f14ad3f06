// The book of incidents: alerts in, incidents and what is to be said about them out. Pure apart
// from the incidents it remembers: no clock, thread or I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/incidents/incident.h"
#include "collector/incidents/life.h"
#include "collector/incidents/message.h"
#include "collector/model/picture.h"
#include "collector/rules/alert.h"

namespace faultline::incidents {

// The moment at which something is entered.
struct Moment {
  WallTime now;
  MonoTime mono;
};

// What came of entering something. Added to, never cleared, by the book.
struct BookChanges {
  std::vector<std::shared_ptr<const Incident>> incidents;  // the newest state of each
  std::vector<TimelineEntry> timeline;
  std::vector<Notification> notifications;
};

// A check's transition as the timeline shows it.
struct TransitionNote {
  HostId host;
  std::string check;
  std::string subject;
  State state = State::kUnspecified;
  std::string reason;
  std::string detail;
  WallTime at;
  bool late = false;
};

// A hole in what a host told.
struct GapNote {
  HostId host;
  WallTime from;
  WallTime to;
  std::string why;
};

class IncidentBook {
 public:
  // Of one host in one incident: more are the work of a host gone mad, and must not hide what
  // others say. The gravest have their place, and among equals those nearest to the cause; the rest
  // is counted all the same: nothing is over while one of them fires.
  static constexpr size_t kMaxAlertsPerHost = 200;
  // Lines of one incident's timeline, from where on only what is told to people is added.
  static constexpr size_t kMaxTimeline = 2000;
  // An incident of so many alerts, once told of, is not looked at for each further one but once in
  // so long for each that it has: what a storm costs does not grow with what it has broken before.
  // What is graver, or nearer to the cause, and the end of the last one are seen at once.
  static constexpr size_t kLarge = 16;
  static constexpr Span kLookPerAlert = Span::Millis(30);
  static constexpr Span kLookAtLeast = Span::Seconds(5);
  // Those that wait are looked at together: one commit of the store.
  static constexpr Span kTogether = Span::Millis(250);

  // `restored`: open ones and the recently resolved. `firing`: of which those beyond
  // kMaxAlertsPerHost, and the newest of large ones, are not in their incidents.
  IncidentBook(MessageOptions options, uint64_t last_id, std::vector<Incident> restored,
               const std::vector<rules::Alert>& firing = {});

  // An alert fired, changed its words while firing, resolved or was withdrawn, live. `at`: since
  // when it is as it says. Returns the incident that it belongs to, 0 for alerts that are recorded
  // only (info). What is to be said of it follows by Conclude.
  uint64_t Enter(const rules::Alert& alert, WallTime at, const model::Hosts& hosts, Moment moment,
                 BookChanges* changes);

  // A check of `host` says something, or is gone (null): more may be known of open incidents.
  void Saw(const HostId& host, const CheckId& id, const model::CheckPicture* check);

  // Everything that came at `moment` is entered, or time has passed: says what is to be said, and
  // publishes what changed. Each incident is rendered once, however much was entered.
  void Conclude(const model::Hosts& hosts, Moment moment, BookChanges* changes);
  // When Conclude has something to do though nothing is entered.
  std::optional<MonoTime> NextDue() const;

  // As Enter, judged from history. Joins an incident of the subject that was open at the time;
  // or, with what the loss of its own host explains, that loss's; otherwise opens one marked late,
  // which is told of when it ends or the live picture takes over. While a later outage of the
  // subject is open, an earlier one is told of when its end is known.
  uint64_t EnterLate(const rules::Alert& alert, const model::Hosts& hosts, Moment moment,
                     BookChanges* changes);

  // A transition of a check of the subject, for the timeline of the incident it falls into.
  void Note(const TransitionNote& note, Moment moment, BookChanges* changes);
  // For the timelines of the incidents that the host had a part in at the time.
  void NoteGap(const GapNote& note, Moment moment, BookChanges* changes);

  // As last concluded.
  std::vector<std::shared_ptr<const Incident>> open() const;

  // Whether it is what a host saw while it was gone itself: whether that goes on is for the live
  // picture to say.
  bool IsOfOwnLoss(const rules::Alert& alert, const model::Hosts& hosts);

  // Alerts of `host` that fire by history only: a replay that was broken off goes on from them.
  std::vector<rules::Alert> LateFiring(const HostId& host) const;

 private:
  using Key = std::pair<StackId, std::string>;  // stack, subject

  // Of one alert of an open incident, for the rules of life. Not stored: after a restart it counts
  // from then.
  struct Track {
    std::vector<Beginning> begins;  // within kFlapWindow, the newest last
    std::optional<MonoTime> ended;
    std::optional<MonoTime> freed;
    std::string words;
    rules::Severity severity = rules::Severity::kInfo;
    MonoTime worded;
  };
  struct Open {
    Incident incident;
    std::map<std::string, rules::Alert> crowd;  // firing, beyond kMaxAlertsPerHost; by id
    std::map<std::string, Track> tracks;        // by alert id
    std::set<std::string> following;            // at the last conclusion
    std::optional<MonoTime> first_word;
    std::optional<MonoTime> last_reword;
    MonoTime last_word;
    std::string last_text;
    Span news_every;  // see life.h
    std::optional<MonoTime> due;
    std::pair<rules::Severity, MonoTime> gravest{};  // of what fires, and since when
    std::optional<MonoTime> looked;                  // when it was concluded last
    bool changed = false;                            // something was entered
    bool urgent = false;                             // ... that must not wait
    bool stale = false;                              // its evidence may be
  };

  Open* Find(const StackId& stack, const std::string& subject);
  const Incident* FindOpen(const StackId& stack, const std::string& subject) const;
  Incident* FindAt(const StackId& stack, const std::string& subject, WallTime at);
  // The open one that this alert's history falls into: told, or being pieced together.
  Incident* FindOf(const rules::Alert& alert);
  Incident* FindOwnLoss(const rules::Alert& alert, const model::Hosts& hosts);
  Incident* FindSeenLoss(const rules::Alert& alert, const model::Hosts& hosts);
  // Where a live alert belongs; nullptr for one that opens its own.
  Open* FindFor(const rules::Alert& alert, const model::Hosts& hosts, Moment moment);
  Open* FindRelated(const rules::Alert& alert, const model::Hosts& hosts, Moment moment);
  Open* Reopen(const rules::Alert& alert, Moment moment);
  Incident NewIncident(const rules::Alert& alert, Moment moment);
  Open& Begin(Incident incident);
  bool Put(Open& open, const rules::Alert& alert);
  void Admit(Open& open, Moment moment);
  // `before`: as it was in the incident until now; null where it was not.
  void Follow(Open& open, const rules::Alert& alert, const rules::Alert* before, Moment moment);
  void CountBeginning(Open& open, const rules::Alert& alert, const rules::Alert* before,
                      Moment moment);
  static uint32_t CountOf(const Track& track, ReasonFamily family);
  bool IsBrokenInAnotherWay(const Open& open, const rules::Alert& alert,
                            const rules::Alert& before) const;
  void Touch(Open& open);
  bool IsUrgent(Incident& incident, const rules::Alert& alert) const;
  // Until when it need not be looked at; the past where it must.
  MonoTime MayWaitUntil(const Open& open) const;
  void WakeAt(Open& open, std::optional<MonoTime> due);

  IncidentNow Look(Open& open, const model::Hosts& hosts, Moment moment);
  void ConcludeOne(Open& open, const model::Hosts& hosts, Moment moment, BookChanges* changes);
  void Speak(Open& open, const Word& word, const IncidentNow& now, const model::Hosts& hosts,
             Moment moment, BookChanges* changes);

  // Pieced together from history: `alert` is news of it.
  void Continue(Open& open, const rules::Alert& alert, const model::Hosts& hosts, Moment moment,
                BookChanges* changes);
  // Told live: history only adds to its story. Whether it began earlier, or later, than was known.
  bool MoveSince(Incident& incident, const rules::Alert& alert);
  // An outage that is known from history only is told of at the end of the incident that it is part
  // of.
  void Remember(Incident& incident, const rules::Alert& alert, const model::Hosts& hosts);
  // Takes it out of the open ones.
  Incident Close(Open& open);
  void Resolve(Incident incident, const model::Hosts& hosts, Moment moment, BookChanges* changes);
  void Say(Incident& incident, NotificationEvent event, const News& news, const model::Hosts& hosts,
           Moment moment, BookChanges* changes);
  void Update(Open& open, const News& news, const model::Hosts& hosts, Moment moment,
              BookChanges* changes);
  void Send(Incident& incident, NotificationEvent event, Moment moment, BookChanges* changes);
  void Tell(TimelineEntry entry, BookChanges* changes);
  void Publish(const Incident& incident, BookChanges* changes);
  void Render(Incident& incident, const model::Hosts& hosts, const News& news);
  void NewsFor(const HostId& host, const model::CheckPicture& check);
  void AddWitnesses(Incident& incident) const;
  void Forget(WallTime now);

  const MessageOptions options_;
  uint64_t last_id_;
  std::map<uint64_t, Open> open_;
  std::map<Key, uint64_t> by_subject_;            // of open_, also what joined from other subjects
  std::map<HostId, std::set<uint64_t>> by_host_;  // open ones in which the host has a part
  std::set<uint64_t> pages_;                      // open ones with a page
  std::set<uint64_t> touched_;
  std::map<Key, std::map<HostId, std::set<CheckId>>> in_trouble_;  // checks that are not well
  std::map<std::pair<HostId, CheckId>, std::string> trouble_;      // ... and their subjects
  std::set<std::pair<MonoTime, uint64_t>> due_;
  std::map<uint64_t, std::shared_ptr<const Incident>> published_;  // of open_, by id
  std::map<uint64_t, size_t> told_;  // timeline lines of open incidents since start
  std::deque<Incident> recent_;      // resolved within the last day, oldest first
};

// The alert that speaks for an incident in which nothing fires, or nothing that is a fault: what
// was told in this opening before the others (of an open one first that whose end was not); the
// gravest; among equals the host's own word (unit)
// before a listener before what others see, then the older. Firing ones before resolved ones, these
// before those that are not watched any more.
const rules::Alert* LeadAlert(const Incident& incident);

// 0 for the host's own word about a unit, 1 for other local checks, 2 for symptoms seen from
// elsewhere.
int LeadRank(const rules::Alert& alert);

}  // namespace faultline::incidents
