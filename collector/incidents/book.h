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

// What came of entering something. Appended to, never cleared, by the book.
struct BookChanges {
  std::vector<std::shared_ptr<const Incident>> incidents;
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

class IncidentBook {
 public:
  // `restored`: open ones and the recently resolved.
  IncidentBook(MessageOptions options, uint64_t last_id, std::vector<Incident> restored);

  // An alert fired, changed its words while firing, resolved or was withdrawn, live. Returns the
  // incident that it belongs to, 0 for alerts that are recorded only (info).
  uint64_t Enter(const rules::Alert& alert, const model::Hosts& hosts, Moment moment,
                 BookChanges* changes);

  // The same, judged from history. Joins an incident of the subject that was open at the time;
  // otherwise opens one marked late, which is told of when it ends or the live picture takes over.
  uint64_t EnterLate(const rules::Alert& alert, const model::Hosts& hosts, Moment moment,
                     BookChanges* changes);

  // A transition of a check of the subject, for the timeline of the incident it falls into.
  void Note(const TransitionNote& note, Moment moment, BookChanges* changes);

  std::vector<std::shared_ptr<const Incident>> open() const;

 private:
  using Key = std::pair<StackId, std::string>;  // stack, subject

  Incident* FindOpen(const StackId& stack, const std::string& subject);
  Incident* FindAt(const StackId& stack, const std::string& subject, WallTime at);
  Incident& Open(const rules::Alert& alert, Moment moment);
  void Resolve(Incident& incident, const model::Hosts& hosts, Moment moment, BookChanges* changes);
  void Say(Incident& incident, NotificationEvent event, const model::Hosts& hosts, Moment moment,
           BookChanges* changes);
  void Render(Incident& incident, const model::Hosts& hosts);
  void Forget(WallTime now);

  const MessageOptions options_;
  uint64_t last_id_;
  std::map<Key, Incident> open_;
  std::deque<Incident> recent_;  // resolved within the last hour, oldest first
};

// The alert that speaks for the incident: the host's own word (unit) before a listener before what
// others see; among equals the one that is worse, then older. Firing ones before resolved ones.
const rules::Alert* LeadAlert(const std::vector<rules::Alert>& alerts);

// 0 for the host's own word about a unit, 1 for other local checks, 2 for symptoms seen from
// elsewhere.
int LeadRank(const rules::Alert& alert);

}  // namespace faultline::incidents
