// The outbox as its readers see it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collector/incidents/incident.h"

namespace faultline::store {

// What goes first. Stored as numbers.
enum class Urgency {
  kUntoldCritical = 0,  // open, and nobody on the channel knows
  kUntoldWarning = 1,
  kUntoldInfo = 2,
  kNews = 3,  // of what the channel knows: another word, or its end
  kOver = 4,  // was over before anybody was told
};

inline bool IsUntoldAndOpen(Urgency urgency) { return urgency <= Urgency::kUntoldInfo; }

// One incident that waits for one channel, without its words.
struct Waiting {
  uint64_t order = 0;  // within the channel: what was decided first has the lowest
  uint64_t incident = 0;
  uint32_t version = 0;  // the newest
  Urgency urgency = Urgency::kUntoldCritical;
  std::string line;     // stack, environment and subject: what is told in order
  std::string host;     // stack, environment and the host whose word leads
  WallTime decided_at;  // the first decision that has not been told
};

// Keys of what is told in order, and of what is bounded together.
std::string LineOf(const incidents::Incident& incident);
std::string HostKeyOf(const incidents::Incident& incident);

struct OutboxTally {
  uint64_t waiting = 0;  // incidents
  WallTime oldest;       // when the first of them was decided; {0} = none waits
};

// What a channel was told of an incident last.
struct ToldNote {
  uint64_t incident = 0;
  uint32_t version = 0;  // 0 = nothing
  WallTime at;           // when, or when it was reminded last
  uint32_t reminders = 0;
  // As it was told. After its end nobody knows that it goes on.
  incidents::IncidentState state = incidents::IncidentState::kOpen;
  bool is_known() const { return version > 0 && state == incidents::IncidentState::kOpen; }
};

// What became of telling a channel of an incident.
struct OutboxMark {
  enum class Kind {
    kTold,        // up to `version`
    kReminded,    // once more of `version`
    kFailed,      // the first attempt at it; it goes on waiting
    kPassedOver,  // is not told by itself: `why`
  };
  Kind kind = Kind::kTold;
  std::string channel;
  uint64_t incident = 0;
  uint32_t version = 0;
  WallTime at;
  uint32_t attempts = 1;  // that it took
  std::string why;        // error, or why it is not told; for the timeline
  // What was told from memory, for a store that cannot be written: it keeps this elsewhere.
  std::shared_ptr<const incidents::Notification> unsaved;
};

struct ChannelChanges {
  struct Gone {
    std::string channel;
    uint64_t dropped = 0;  // incidents that waited for it
  };
  struct Added {
    std::string channel;
    uint64_t told = 0;  // open incidents that it is to be told of
  };
  std::vector<Gone> gone;
  std::vector<Added> added;
};

}  // namespace faultline::store
