#include "collector/store/schema.h"

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "collector/store/database_file.h"

namespace faultline::store {
namespace {

// Times are nanoseconds since the Unix epoch, 0 = none. Enums are their numbers (fields.h pins
// them). A step is never edited once it has been released; a change is a new step.
constexpr const char* kSteps[] = {
    R"sql(
CREATE TABLE hosts (
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL, role TEXT NOT NULL,
  link INTEGER NOT NULL, addresses TEXT NOT NULL,  -- separated by spaces
  agent_version TEXT NOT NULL, instance_id TEXT NOT NULL, region TEXT NOT NULL,
  boot_id TEXT NOT NULL, spool_id TEXT NOT NULL, start_number INTEGER NOT NULL,
  link_since INTEGER NOT NULL, last_heard INTEGER NOT NULL,
  clock_offset INTEGER NOT NULL, clock_uncertainty INTEGER NOT NULL,
  PRIMARY KEY (stack, env, host)) STRICT, WITHOUT ROWID;

CREATE TABLE positions (
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL, spool_id TEXT NOT NULL,
  stream INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (stack, env, host, spool_id, stream)) STRICT, WITHOUT ROWID;

CREATE TABLE transitions (
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL, spool_id TEXT NOT NULL,
  start_number INTEGER NOT NULL, seq INTEGER NOT NULL,
  check_kind TEXT NOT NULL, check_target TEXT NOT NULL, check_name TEXT NOT NULL,
  state INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  at INTEGER NOT NULL, host_time INTEGER NOT NULL, received INTEGER NOT NULL,
  late INTEGER NOT NULL,
  PRIMARY KEY (stack, env, host, spool_id, seq)) STRICT;
CREATE INDEX transitions_received ON transitions (received);

CREATE TABLE log_events (
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL, spool_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  check_kind TEXT NOT NULL, check_target TEXT NOT NULL, check_name TEXT NOT NULL,
  fingerprint INTEGER NOT NULL, pattern TEXT NOT NULL, sample TEXT NOT NULL,
  count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (stack, env, host, spool_id, seq)) STRICT;
CREATE INDEX log_events_last ON log_events (last);

CREATE TABLE gaps (
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL, spool_id TEXT NOT NULL,
  stream INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY (stack, env, host, spool_id, stream, last_seq)) STRICT, WITHOUT ROWID;

-- The newest state of every alert.
CREATE TABLE alerts (
  id TEXT NOT NULL PRIMARY KEY, rule TEXT NOT NULL,
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL,
  check_kind TEXT NOT NULL, check_target TEXT NOT NULL, check_name TEXT NOT NULL,
  subject TEXT NOT NULL, severity INTEGER NOT NULL, state INTEGER NOT NULL,
  reason TEXT NOT NULL, detail TEXT NOT NULL, decision INTEGER NOT NULL,
  since INTEGER NOT NULL, received INTEGER NOT NULL, fired_at INTEGER NOT NULL,
  resolved_at INTEGER NOT NULL, deadline INTEGER NOT NULL, late INTEGER NOT NULL,
  incident INTEGER NOT NULL,
  spool_id TEXT NOT NULL, start_number INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;
CREATE INDEX alerts_state ON alerts (state);

-- version 0: the incident as it is now. Version N: as notification N froze it; what was decided to
-- be said stays as it was, whatever happens until it is delivered. The two tables below likewise.
CREATE TABLE incidents (
  id INTEGER NOT NULL, version INTEGER NOT NULL,
  dedup_key TEXT NOT NULL, stack TEXT NOT NULL, env TEXT NOT NULL, subject TEXT NOT NULL,
  severity INTEGER NOT NULL, state INTEGER NOT NULL, lead_alert TEXT NOT NULL,
  host TEXT NOT NULL, reason TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
  since INTEGER NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER NOT NULL,
  opened_mono INTEGER NOT NULL, late INTEGER NOT NULL, notifications INTEGER NOT NULL,
  PRIMARY KEY (id, version)) STRICT;
CREATE INDEX incidents_now ON incidents (state, id) WHERE version = 0;

-- The alerts of an incident, each as it was when the incident was last written: the same alert may
-- have gone on to another incident since.
CREATE TABLE incident_alerts (
  of_incident INTEGER NOT NULL, version INTEGER NOT NULL, place INTEGER NOT NULL,
  id TEXT NOT NULL, rule TEXT NOT NULL,
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL,
  check_kind TEXT NOT NULL, check_target TEXT NOT NULL, check_name TEXT NOT NULL,
  subject TEXT NOT NULL, severity INTEGER NOT NULL, state INTEGER NOT NULL,
  reason TEXT NOT NULL, detail TEXT NOT NULL, decision INTEGER NOT NULL,
  since INTEGER NOT NULL, received INTEGER NOT NULL, fired_at INTEGER NOT NULL,
  resolved_at INTEGER NOT NULL, deadline INTEGER NOT NULL, late INTEGER NOT NULL,
  incident INTEGER NOT NULL,
  spool_id TEXT NOT NULL, start_number INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (of_incident, version, place)) STRICT, WITHOUT ROWID;

CREATE TABLE incident_evidence (
  of_incident INTEGER NOT NULL, version INTEGER NOT NULL, place INTEGER NOT NULL,
  host TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (of_incident, version, place)) STRICT, WITHOUT ROWID;

CREATE TABLE timeline (
  id INTEGER PRIMARY KEY, incident INTEGER NOT NULL,
  at INTEGER NOT NULL, recorded INTEGER NOT NULL, kind INTEGER NOT NULL,
  host TEXT NOT NULL, check_id TEXT NOT NULL, state INTEGER NOT NULL,
  reason TEXT NOT NULL, text TEXT NOT NULL, late INTEGER NOT NULL) STRICT;
CREATE INDEX timeline_incident ON timeline (incident, at, id);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL,
  incident INTEGER NOT NULL, version INTEGER NOT NULL, event INTEGER NOT NULL,
  decided_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '',
  delivered_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (channel, incident, version)) STRICT;
CREATE INDEX outbox_waiting ON outbox (channel, incident, version) WHERE delivered_at = 0;
)sql",
    R"sql(
-- What is known and was told of each thing that broke in an incident, as it is now.
CREATE TABLE incident_faults (
  of_incident INTEGER NOT NULL, place INTEGER NOT NULL, alert TEXT NOT NULL,
  told INTEGER NOT NULL, severity INTEGER NOT NULL, words TEXT NOT NULL,
  end_told INTEGER NOT NULL, times INTEGER NOT NULL, first INTEGER NOT NULL,
  flaps INTEGER NOT NULL,
  PRIMARY KEY (of_incident, place)) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
-- What waits for a channel: the newest version of each incident that it was not told of. Those of
-- one line (stack, environment and subject) are told in the order of their ids.
ALTER TABLE outbox RENAME TO outbox_1;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL,
  incident INTEGER NOT NULL, version INTEGER NOT NULL, urgency INTEGER NOT NULL,
  line TEXT NOT NULL, host TEXT NOT NULL, decided_at INTEGER NOT NULL,
  UNIQUE (channel, incident)) STRICT;
CREATE INDEX outbox_by_host ON outbox (channel, host, urgency, id);
CREATE INDEX outbox_by_urgency ON outbox (channel, urgency, id);
CREATE INDEX outbox_by_line ON outbox (channel, line, id);
CREATE INDEX outbox_by_age ON outbox (channel, decided_at);

-- What a channel was told of an incident last.
CREATE TABLE told (
  channel TEXT NOT NULL, incident INTEGER NOT NULL, version INTEGER NOT NULL,
  at INTEGER NOT NULL, reminders INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (channel, incident)) STRICT, WITHOUT ROWID;

CREATE TABLE channels (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

INSERT INTO channels SELECT DISTINCT channel FROM outbox_1;
INSERT INTO told (channel, incident, version, at)
  SELECT channel, incident, max(version), delivered_at FROM outbox_1 WHERE delivered_at > 0
  GROUP BY channel, incident;
-- state 1: resolved; severity 2: critical, 1: warning (store/fields.h).
INSERT INTO outbox (channel, incident, version, urgency, line, host, decided_at)
  SELECT w.channel, w.incident, w.version,
    CASE WHEN EXISTS (SELECT 1 FROM told t WHERE t.channel = w.channel AND t.incident = w.incident)
         THEN 3 WHEN i.state = 1 THEN 4 ELSE 2 - i.severity END,
    i.stack || char(31) || i.env || char(31) || i.subject,
    i.stack || char(31) || i.env || char(31) || i.host, w.decided_at
  FROM (SELECT channel, incident, max(version) AS version, min(decided_at) AS decided_at,
               min(id) AS first FROM outbox_1 WHERE delivered_at = 0
        GROUP BY channel, incident) w
  JOIN incidents i ON i.id = w.incident AND i.version = w.version ORDER BY w.first;
DROP TABLE outbox_1;
)sql",
    R"sql(
-- What is deleted grows old by the collector's time, not by that of the host that sent it.
ALTER TABLE log_events ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
UPDATE log_events SET received = last;
DROP INDEX log_events_last;
CREATE INDEX log_events_received ON log_events (received);
ALTER TABLE gaps ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
UPDATE gaps SET received = "to";
CREATE INDEX incidents_ended ON incidents (resolved_at) WHERE version = 0 AND state = 1;
CREATE INDEX timeline_recorded ON timeline (recorded);
CREATE INDEX outbox_incident ON outbox (incident);
CREATE INDEX told_incident ON told (incident);
-- What time it was when it was last looked at, as store/reckoning.h has it; one row, 0 = not known.
CREATE TABLE reckoning (time INTEGER NOT NULL) STRICT;
INSERT INTO reckoning SELECT coalesce(max(received), 0) FROM transitions;
)sql",
    R"sql(
-- What the checks of a host that is away said last. Lists as texts (store/last_checks.cc).
CREATE TABLE last_checks (
  stack TEXT NOT NULL, env TEXT NOT NULL, host TEXT NOT NULL,
  check_kind TEXT NOT NULL, check_target TEXT NOT NULL, check_name TEXT NOT NULL,
  declared_subject TEXT NOT NULL, subject TEXT NOT NULL, unit TEXT NOT NULL,
  remote_address TEXT NOT NULL, remote_port INTEGER NOT NULL, interval INTEGER NOT NULL,
  state INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  since INTEGER NOT NULL, observed INTEGER NOT NULL, last_ok INTEGER NOT NULL,
  ok_since INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  expected TEXT NOT NULL, evidence TEXT NOT NULL, gauges TEXT NOT NULL,
  PRIMARY KEY (stack, env, host, check_kind, check_target, check_name)) STRICT, WITHOUT ROWID;
)sql",
};

}  // namespace

int SchemaVersion() { return static_cast<int>(std::size(kSteps)); }

absl::Status CheckSchemaOfStore(int64_t found, const std::string& path) {
  return CheckSchema(found, SchemaVersion(), path,
                     "install that version again or name another store.path");
}

absl::Status Migrate(Connection& writer) { return MigrateTo(writer, SchemaVersion()); }

absl::Status MigrateTo(Connection& writer, int last) {
  const absl::StatusOr<int64_t> found = writer.QueryInt("PRAGMA user_version");
  if (!found.ok()) return found.status();
  if (absl::Status known = CheckSchemaOfStore(*found, "the store"); !known.ok()) return known;
  for (int64_t version = *found; version < last; ++version) {
    const std::string step = absl::StrCat("BEGIN IMMEDIATE;", kSteps[version],
                                          "PRAGMA user_version = ", version + 1, "; COMMIT");
    if (absl::Status status = writer.Execute(step); !status.ok()) {
      (void)writer.Execute("ROLLBACK");
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace faultline::store
