#include "collector/store/retention.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collector/incidents/incident.h"
#include "collector/rules/alert.h"

namespace faultline::store {
namespace {

constexpr int64_t kRows = 500;
constexpr int64_t kIncidents = 20;

// What goes with an incident, and the incident, last.
constexpr const char* kPartsOfIncident[] = {
    "DELETE FROM incident_alerts WHERE of_incident = ?",
    "DELETE FROM incident_evidence WHERE of_incident = ?",
    "DELETE FROM incident_faults WHERE of_incident = ?",
    "DELETE FROM timeline WHERE incident = ?",
    "DELETE FROM outbox WHERE incident = ?",
    "DELETE FROM told WHERE incident = ?",
    "DELETE FROM incidents WHERE id = ?",
};

// The newest stays whatever its age: ids are counted on from it.
constexpr char kEnded[] =
    "SELECT id FROM incidents i WHERE version = 0 AND state = 1 AND "
    "id < (SELECT max(id) FROM incidents)";
static_assert(static_cast<int>(incidents::IncidentState::kResolved) == 1);
static_assert(static_cast<int>(rules::AlertState::kResolved) == 2);
static_assert(static_cast<int>(rules::AlertState::kWithdrawn) == 3);

constexpr char kOldPositions[] =
    "DELETE FROM positions AS p WHERE NOT EXISTS (SELECT 1 FROM hosts h WHERE h.stack = p.stack "
    "AND h.env = p.env AND h.host = p.host AND h.spool_id = p.spool_id) "
    "AND NOT EXISTS (SELECT 1 FROM transitions t WHERE t.stack = p.stack AND t.env = p.env AND "
    "t.host = p.host AND t.spool_id = p.spool_id) "
    "AND NOT EXISTS (SELECT 1 FROM log_events l WHERE l.stack = p.stack AND l.env = p.env AND "
    "l.host = p.host AND l.spool_id = p.spool_id)";

absl::StatusOr<int64_t> Delete(Connection& writer, const char* sql, WallTime before) {
  Statement remove = writer.Prepare(sql);
  if (absl::Status status = remove.Bind(before).Run(); !status.ok()) return status;
  return writer.changes();
}

absl::Status DeleteIncidents(Connection& writer, const std::vector<uint64_t>& ids) {
  absl::Status status = writer.Execute("BEGIN IMMEDIATE");
  for (const uint64_t id : ids) {
    for (const char* sql : kPartsOfIncident) {
      if (!status.ok()) break;
      Statement remove = writer.Prepare(sql);
      status = remove.Bind(id).Run();
    }
  }
  if (status.ok()) status = writer.Execute("COMMIT");
  if (!status.ok()) (void)writer.Execute("ROLLBACK");
  return status;
}

absl::StatusOr<std::vector<uint64_t>> Ids(Statement select) {
  std::vector<uint64_t> ids;
  for (;;) {
    const absl::StatusOr<bool> row = select.Step();
    if (!row.ok()) return row.status();
    if (!*row) return ids;
    ids.push_back(select.Get<uint64_t>());
  }
}

// When the oldest of a kind was; nullopt: there is none.
absl::StatusOr<std::optional<int64_t>> OldestOf(Connection& writer, const std::string& sql) {
  const absl::StatusOr<int64_t> found = writer.QueryInt(sql);
  if (absl::IsNotFound(found.status())) return std::optional<int64_t>();
  if (!found.ok()) return found.status();
  return std::optional<int64_t>(*found);
}

absl::StatusOr<std::vector<uint64_t>> OldestIncidents(Connection& writer, int64_t until) {
  Statement select = writer.Prepare(
      absl::StrCat(kEnded, " AND resolved_at <= ? ORDER BY resolved_at, id LIMIT ?"));
  select.Bind(until, kIncidents);
  return Ids(std::move(select));
}

}  // namespace

absl::StatusOr<bool> DeleteOld(Connection& writer, WallTime before) {
  for (const char* sql :
       {"DELETE FROM transitions WHERE rowid IN (SELECT rowid FROM transitions WHERE received < ? "
        "LIMIT 500)",
        "DELETE FROM log_events WHERE rowid IN (SELECT rowid FROM log_events WHERE received < ? "
        "LIMIT 500)",
        "DELETE FROM timeline WHERE id IN (SELECT t.id FROM timeline t WHERE t.recorded < ? AND "
        "EXISTS (SELECT 1 FROM incidents i WHERE i.id = t.incident AND i.version = 0 AND "
        "i.state = 0) LIMIT 500)"}) {
    const absl::StatusOr<int64_t> gone = Delete(writer, sql, before);
    if (!gone.ok()) return gone.status();
    if (*gone >= kRows) return true;
  }
  {
    Statement select = writer.Prepare(
        absl::StrCat(kEnded,
                     " AND resolved_at < ? AND NOT EXISTS (SELECT 1 FROM timeline t WHERE "
                     "t.incident = i.id AND t.recorded >= ?) ORDER BY resolved_at LIMIT ?"));
    select.Bind(before, before, kIncidents);
    const absl::StatusOr<std::vector<uint64_t>> ids = Ids(std::move(select));
    if (!ids.ok()) return ids.status();
    if (!ids->empty()) {
      absl::Status status = DeleteIncidents(writer, *ids);
      if (!status.ok()) return status;
      return true;
    }
  }
  for (const char* sql : {"DELETE FROM gaps WHERE received < ?",
                          "DELETE FROM alerts WHERE state IN (2, 3) AND "
                          "max(resolved_at, received) < ?"}) {
    const absl::StatusOr<int64_t> gone = Delete(writer, sql, before);
    if (!gone.ok()) return gone.status();
  }
  if (absl::Status status = writer.Execute(kOldPositions); !status.ok()) return status;
  return false;
}

absl::StatusOr<bool> DeleteSurplus(Connection& writer, int64_t max_bytes) {
  const auto pages = writer.QueryInt("PRAGMA page_count");
  const auto unused = writer.QueryInt("PRAGMA freelist_count");
  const auto page_size = writer.QueryInt("PRAGMA page_size");
  for (const auto& each : {pages, unused, page_size}) {
    if (!each.ok()) return each.status();
  }
  if ((*pages - *unused) * *page_size <= max_bytes) return false;

  const auto transition =
      OldestOf(writer, "SELECT received FROM transitions ORDER BY received LIMIT 1");
  const auto event = OldestOf(writer, "SELECT received FROM log_events ORDER BY received LIMIT 1");
  const auto incident =
      OldestOf(writer,
               "SELECT resolved_at FROM incidents i WHERE version = 0 AND state = 1 AND "
               "id < (SELECT max(id) FROM incidents) ORDER BY resolved_at LIMIT 1");
  for (const auto& each : {transition, event, incident}) {
    if (!each.ok()) return each.status();
  }
  const int64_t never = INT64_MAX;
  const int64_t oldest_transition = transition->value_or(never);
  const int64_t oldest_event = event->value_or(never);
  const int64_t oldest_incident = incident->value_or(never);
  if (oldest_incident < never && oldest_incident <= oldest_transition &&
      oldest_incident <= oldest_event) {
    const absl::StatusOr<std::vector<uint64_t>> ids =
        OldestIncidents(writer, std::min(oldest_transition, oldest_event));
    if (!ids.ok()) return ids.status();
    absl::Status status = DeleteIncidents(writer, *ids);
    if (!status.ok()) return status;
    return !ids->empty();
  }
  const char* table = oldest_transition <= oldest_event ? "transitions" : "log_events";
  absl::Status status =
      writer.Execute(absl::StrCat("DELETE FROM ", table, " WHERE rowid IN (SELECT rowid FROM ",
                                  table, " ORDER BY received LIMIT ", kRows, ")"));
  if (!status.ok()) return status;
  return writer.changes() > 0;
}

}  // namespace faultline::store
