// The book of incidents: alerts in, incidents and what is to be said about them out. Pure apart
// from the incidents it remembers: no clock, thread or I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/incidents/incident.h"
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
  // others say.
  static constexpr size_t kMaxAlertsPerHost = 200;
  // Lines of one incident's timeline, from where on only what is told to people is added.
  static constexpr size_t kMaxTimeline = 2000;

  // `restored`: open ones and the recently resolved.
  IncidentBook(MessageOptions options, uint64_t last_id, std::vector<Incident> restored);

  // An alert fired, changed its words while firing, resolved or was withdrawn, live. `at`: since
  // when it is as it says. Returns the incident that it belongs to, 0 for alerts that are recorded
  // only (info).
  uint64_t Enter(const rules::Alert& alert, WallTime at, const model::Hosts& hosts, Moment moment,
                 BookChanges* changes);

  // More may be known of the open incident of this alert, whose words are the same. Its evidence is
  // gathered anew; nothing is told to anybody.
  void BringUpToDate(const rules::Alert& alert, const model::Hosts& hosts, BookChanges* changes);

  // As Enter, judged from history. Joins an incident of the subject that was open at the time;
  // otherwise opens one marked late, which is told of when it ends or the live picture takes over.
  // While a later outage of the subject is open, an earlier one is told of when its end is known.
  uint64_t EnterLate(const rules::Alert& alert, const model::Hosts& hosts, Moment moment,
                     BookChanges* changes);

  // A transition of a check of the subject, for the timeline of the incident it falls into.
  void Note(const TransitionNote& note, Moment moment, BookChanges* changes);
  // For the timelines of the incidents that the host had a part in at the time.
  void NoteGap(const GapNote& note, Moment moment, BookChanges* changes);

  std::vector<std::shared_ptr<const Incident>> open() const;

  // Alerts of `host` that fire by history only: a replay that was broken off goes on from them.
  std::vector<rules::Alert> LateFiring(const HostId& host) const;

 private:
  using Key = std::pair<StackId, std::string>;  // stack, subject

  Incident* FindOpen(const StackId& stack, const std::string& subject);
  Incident* FindAt(const StackId& stack, const std::string& subject, WallTime at);
  // The incident that this alert's history falls into: told, or being pieced together.
  Incident* FindOf(const rules::Alert& alert);
  Incident NewIncident(const rules::Alert& alert, Moment moment);
  Incident& Open(const rules::Alert& alert, Moment moment);
  // Pieced together from history: `alert` is news of it.
  void Continue(Incident& incident, const rules::Alert& alert, const model::Hosts& hosts,
                Moment moment, BookChanges* changes);
  // Told live: history only adds to its story.
  void MoveSince(Incident& incident, const rules::Alert& alert, const model::Hosts& hosts,
                 BookChanges* changes);
  // Takes it out of the open ones.
  Incident Close(Incident& open);
  void Resolve(Incident incident, const model::Hosts& hosts, Moment moment, BookChanges* changes);
  void Say(Incident& incident, NotificationEvent event, const model::Hosts& hosts, Moment moment,
           BookChanges* changes);
  void Tell(TimelineEntry entry, BookChanges* changes);
  void Publish(const Incident& incident, BookChanges* changes);
  void Render(Incident& incident, const model::Hosts& hosts);
  void Forget(WallTime now);

  const MessageOptions options_;
  uint64_t last_id_;
  std::map<Key, Incident> open_;
  std::map<uint64_t, std::shared_ptr<const Incident>> published_;  // of open_, by id
  std::map<uint64_t, size_t> told_;  // timeline lines of open incidents since start
  std::deque<Incident> recent_;      // resolved within the last day, oldest first
};

// The alert that speaks for the incident: the host's own word (unit) before a listener before what
// others see; among equals the one that is worse, then older. Firing ones before resolved ones.
const rules::Alert* LeadAlert(const std::vector<rules::Alert>& alerts);

// 0 for the host's own word about a unit, 1 for other local checks, 2 for symptoms seen from
// elsewhere.
int LeadRank(const rules::Alert& alert);

}  // namespace faultline::incidents
