// What the collector must not forget: transitions, alerts, incidents with timelines, the outbox.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collector/incidents/incident.h"
#include "collector/model/picture.h"
#include "collector/rules/alert.h"
#include "collector/store/outbox_types.h"

namespace faultline::store {

enum class Stream { kTransitions = 1, kLogEvents = 2 };

// How far a host's spool is durable here.
struct Position {
  HostId host;
  std::string spool_id;
  Stream stream = Stream::kTransitions;
  uint64_t seq = 0;
};

// A transition as it came; (host, spool_id, seq) is its identity, a repeat changes nothing.
struct StoredTransition {
  HostId host;
  std::string spool_id;
  uint64_t start_number = 0;
  uint64_t seq = 0;
  CheckId check;
  State state = State::kUnspecified;
  std::string reason;
  std::string detail;
  WallTime at;         // corrected
  WallTime host_time;  // as the host said
  WallTime received;
  bool late = false;
};

struct StoredLogEvent {
  HostId host;
  std::string spool_id;
  uint64_t seq = 0;
  CheckId check;
  uint64_t fingerprint = 0;
  std::string pattern;
  std::string sample;
  uint32_t count = 0;
  WallTime first;
  WallTime last;
};

// A hole in a host's stream, as told by the agent.
struct StoredGap {
  HostId host;
  std::string spool_id;
  Stream stream = Stream::kTransitions;
  uint64_t first_seq = 0;
  uint64_t last_seq = 0;
  WallTime from;
  WallTime to;
  std::string why;
};

// One transaction: all of it or nothing.
struct Commit {
  WallTime received;  // when the collector took what is in it
  // Taken out of the picture: their rows of hosts, positions and last checks go, before the rest is
  // written (a host that came again at once is new).
  std::vector<HostId> forgotten;
  std::vector<StoredTransition> transitions;
  std::vector<StoredLogEvent> log_events;
  std::vector<StoredGap> gaps;
  std::vector<Position> positions;
  std::vector<std::shared_ptr<const model::HostPicture>> hosts;  // identity and link, no checks
  // Whose link was lost or found: of one that is away its checks are kept as they are here, of one
  // that is connected none are.
  std::vector<std::shared_ptr<const model::HostPicture>> relinked;
  std::vector<rules::Alert> alerts;            // inserted or replaced by id
  std::vector<incidents::Incident> incidents;  // inserted or replaced by id
  std::vector<incidents::TimelineEntry> timeline;
  std::vector<incidents::Notification> outbox;  // one entry a configured channel is made of each
  bool empty() const;
};

// What a collector needs to go on where it stopped.
struct Loaded {
  std::vector<rules::Alert> alerts;            // pending and firing
  std::vector<incidents::Incident> incidents;  // open; the newest 1000 of the last day
  std::vector<Position> positions;
  // Link silent, or goodbye if it said so. Of those that were away, with the checks that they had
  // then (without the collector's own, "agent"); of the others without.
  std::vector<model::HostPicture> hosts;
  uint64_t last_incident_id = 0;
};

struct IncidentFilter {
  std::optional<incidents::IncidentState> state;
  std::string stack;  // these two: empty lets all through
  std::string env;
  size_t limit = 100;
};

// How the store itself is.
struct StoreHealth {
  std::string path;
  absl::Status failure;                // of the last attempt to commit; OK: it worked
  std::vector<std::string> set_aside;  // damaged histories that lie beside it, the newest first
};

// Thread-safe. One writer thread commits whatever is queued as one transaction, then takes what
// came meanwhile. Reads use a connection of their own and never wait for the writer.
class Store {
 public:
  // Commits what is queued, then joins. While the store is failing it tries for 2 s more and then
  // gives up: `done` of what is not durable never runs, so nobody was told that it was.
  virtual ~Store() = default;

  virtual absl::StatusOr<Loaded> Load() = 0;

  // Queues `commit`; `done` (may be null) runs on the store's thread after it is durable. A failing
  // store keeps it and tries again (with backoff), so `done` is never called with an error, only
  // late: failing_since tells. The queue is bounded by the pipeline's own flow control.
  virtual void Submit(Commit commit, std::function<void()> done) = 0;

  // {0} when the last attempt succeeded.
  virtual WallTime failing_since() const = 0;
  virtual std::string last_error() const = 0;
  // Never waits for the disk.
  virtual StoreHealth Health() const = 0;

  // The wall clock is right now, as far as anybody can know: records may grow old by it.
  virtual void ConfirmClock(WallTime now, MonoTime mono) = 0;

  // Readers, newest incident first. `alerts` are filled in; the timeline comes apart, oldest first.
  virtual absl::StatusOr<std::vector<incidents::Incident>> ListIncidents(
      const IncidentFilter& filter) = 0;
  virtual absl::StatusOr<incidents::Incident> GetIncident(uint64_t id) = 0;  // NotFound
  virtual absl::StatusOr<std::vector<incidents::TimelineEntry>> Timeline(uint64_t incident) = 0;

  // Outbox: what is to be told. These read one moment of what is durable, the most urgent first:
  // outbox.h says how. `skip` runs under a lock of the store's: it must not call it.
  virtual absl::StatusOr<std::vector<Waiting>> Window(
      const std::string& channel, const std::function<bool(const Waiting&)>& skip) = 0;
  virtual absl::StatusOr<OutboxTally> Tally(const std::string& channel) = 0;
  virtual absl::StatusOr<uint64_t> Untold(const std::string& channel, const std::string& host) = 0;
  virtual absl::StatusOr<ToldNote> Told(const std::string& channel, uint64_t incident) = 0;
  virtual absl::StatusOr<std::vector<ToldNote>> ToldBefore(const std::string& channel,
                                                           WallTime before, size_t limit) = 0;
  // The incident as its notification `version` froze it. NotFound.
  virtual absl::StatusOr<incidents::Incident> Frozen(uint64_t incident, uint32_t version) = 0;
  // Queues the mark behind what is queued already and returns at once; `done` as with Submit. What
  // was told from memory is kept through a restart also while the store cannot be written, in the
  // room of a few dozen incidents.
  virtual void Mark(OutboxMark mark, std::function<void()> done) = 0;
  // From now on there are these channels: see SqliteOptions.
  virtual void SetChannels(std::vector<std::string> names) = 0;
  // Runs after each commit that added to the outbox, on the store's thread. Set before use.
  virtual void set_outbox_listener(std::function<void()> listener) = 0;
};

struct SqliteOptions {
  std::string path;  // directory is made if absent
  // Names of the configured notifiers. A new one is to be told of what is open; what waited for one
  // that is not there any more goes. `on_channels` hears of it on the store's thread.
  std::vector<std::string> channels;
  // What was received, and incidents that ended, before this are deleted, a few at a time, in idle
  // moments, by a time that no step of the clock advances (reckoning.h). Open incidents stay.
  Span keep_records = Span::Seconds(30 * 86400);
  // Of the database's content; beyond it the oldest goes, whatever its age.
  int64_t max_bytes = int64_t{2} << 30;
  std::function<void(const ChannelChanges&)> on_channels = {};
};

// Opens or makes the database (mode 0600, its directory 0700) and migrates its schema forward. One
// program at a time: a second one is refused. One that is damaged is set aside (damage.h) and a new
// one begun; Health says so. Errors name the file and the fix. `clock` must outlive the store.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options,
                                                       const Clock& clock);

}  // namespace faultline::store
