#include "collector/store/write.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "collector/store/fields.h"
#include "collector/store/last_checks.h"
#include "collector/store/outbox.h"

namespace faultline::store {
namespace {

// As InsertSql, for rows that are mostly there already: writes what differs.
std::string UpsertSql(const std::string& table, const std::string& key,
                      const std::string& columns) {
  std::string excluded;
  std::string set;
  for (const auto column : absl::StrSplit(columns, ", ")) {
    absl::StrAppend(&excluded, excluded.empty() ? "" : ", ", "excluded.", column);
    absl::StrAppend(&set, set.empty() ? "" : ", ", column, " = excluded.", column);
  }
  return absl::StrCat(InsertSql("INSERT", table, absl::StrCat(key, ", ", columns)),
                      " ON CONFLICT (", key, ") DO UPDATE SET ", set, " WHERE (", columns,
                      ") IS NOT (", excluded, ")");
}

// Rows of an incident's version from `count` on.
absl::Status RemoveFrom(Connection& writer, const char* sql, uint64_t incident, uint32_t version,
                        int64_t count) {
  Statement remove = writer.Prepare(sql);
  return remove.Bind(incident, version, count).Run();
}

absl::Status WriteForgotten(Connection& writer, const Commit& commit) {
  for (const char* sql : {"DELETE FROM hosts WHERE stack = ? AND env = ? AND host = ?",
                          "DELETE FROM positions WHERE stack = ? AND env = ? AND host = ?",
                          "DELETE FROM last_checks WHERE stack = ? AND env = ? AND host = ?"}) {
    for (const HostId& host : commit.forgotten) {
      Statement remove = writer.Prepare(sql);
      remove.Bind(host.stack.stack, host.stack.env, host.host);
      if (absl::Status status = remove.Run(); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status WriteTransitions(Connection& writer, const Commit& commit) {
  if (commit.transitions.empty()) return absl::OkStatus();
  static const std::string sql = InsertSql("INSERT OR IGNORE", "transitions", kTransitionColumns);
  Statement insert = writer.Prepare(sql);
  for (const StoredTransition& transition : commit.transitions) {
    VisitTransition(transition, Binding(insert));
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteLogEvents(Connection& writer, const Commit& commit) {
  if (commit.log_events.empty()) return absl::OkStatus();
  static const std::string sql =
      InsertSql("INSERT OR IGNORE", "log_events", absl::StrCat(kLogEventColumns, ", received"));
  Statement insert = writer.Prepare(sql);
  for (const StoredLogEvent& event : commit.log_events) {
    VisitLogEvent(event, Binding(insert));
    insert.Bind(commit.received);
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteGaps(Connection& writer, const Commit& commit) {
  if (commit.gaps.empty()) return absl::OkStatus();
  static const std::string sql =
      InsertSql("INSERT OR IGNORE", "gaps", absl::StrCat(kGapColumns, ", received"));
  Statement insert = writer.Prepare(sql);
  for (const StoredGap& gap : commit.gaps) {
    VisitGap(gap, Binding(insert));
    insert.Bind(commit.received);
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WritePositions(Connection& writer, const Commit& commit) {
  if (commit.positions.empty()) return absl::OkStatus();
  // A position never goes back, in whatever order commits come.
  static const std::string sql =
      InsertSql("INSERT", "positions", kPositionColumns) +
      " ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq";
  Statement insert = writer.Prepare(sql);
  for (const Position& position : commit.positions) {
    VisitPosition(position, Binding(insert));
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteHosts(Connection& writer, const Commit& commit) {
  if (commit.hosts.empty()) return absl::OkStatus();
  static const std::string sql =
      InsertSql("INSERT OR REPLACE", "hosts", absl::StrCat(kHostColumns, ", addresses"));
  Statement insert = writer.Prepare(sql);
  for (const auto& host : commit.hosts) {
    VisitHost(*host, Binding(insert));
    insert.Bind(absl::StrJoin(host->addresses, " "));
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteAlerts(Connection& writer, const Commit& commit) {
  if (commit.alerts.empty()) return absl::OkStatus();
  static const std::string sql = InsertSql("INSERT OR REPLACE", "alerts", kAlertColumns);
  Statement insert = writer.Prepare(sql);
  for (const rules::Alert& alert : commit.alerts) {
    VisitAlert(alert, Binding(insert));
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Version 0 is the incident as it is now, N as notification N froze it.
absl::Status WriteIncident(Connection& writer, const incidents::Incident& incident,
                           uint32_t version) {
  static const std::string incident_sql =
      InsertSql("INSERT OR REPLACE", "incidents", absl::StrCat("version, ", kIncidentColumns));
  static const std::string alert_sql =
      UpsertSql("incident_alerts", "of_incident, version, place", kAlertColumns);
  static const std::string evidence_sql =
      UpsertSql("incident_evidence", "of_incident, version, place", "host, at, text");

  Statement insert = writer.Prepare(incident_sql);
  insert.Bind(version);
  VisitIncident(incident, Binding(insert));
  if (absl::Status status = insert.Run(); !status.ok()) return status;

  Statement insert_alert = writer.Prepare(alert_sql);
  int64_t place = 0;
  for (const rules::Alert& alert : incident.alerts) {
    insert_alert.Bind(incident.id, version, place++);
    VisitAlert(alert, Binding(insert_alert));
    if (absl::Status status = insert_alert.Run(); !status.ok()) return status;
  }
  absl::Status removed = RemoveFrom(
      writer, "DELETE FROM incident_alerts WHERE of_incident = ? AND version = ? AND place >= ?",
      incident.id, version, place);
  if (!removed.ok()) return removed;
  Statement insert_evidence = writer.Prepare(evidence_sql);
  place = 0;
  for (const incidents::EvidenceLine& line : incident.evidence) {
    insert_evidence.Bind(incident.id, version, place++, line.host, line.at, line.text);
    if (absl::Status status = insert_evidence.Run(); !status.ok()) return status;
  }
  return RemoveFrom(
      writer, "DELETE FROM incident_evidence WHERE of_incident = ? AND version = ? AND place >= ?",
      incident.id, version, place);
}

// Beside version 0 alone: a frozen incident needs none.
absl::Status WriteFaults(Connection& writer, const incidents::Incident& incident) {
  static const std::string sql = UpsertSql("incident_faults", "of_incident, place", kFaultColumns);
  Statement insert = writer.Prepare(sql);
  int64_t place = 0;
  for (const incidents::Fault& fault : incident.faults) {
    insert.Bind(incident.id, place++);
    VisitFault(fault, Binding(insert));
    if (absl::Status status = insert.Run(); !status.ok()) return status;
  }
  Statement remove =
      writer.Prepare("DELETE FROM incident_faults WHERE of_incident = ? AND place >= ?");
  return remove.Bind(incident.id, place).Run();
}

}  // namespace

absl::Status WriteCommit(Connection& writer, const Commit& commit,
                         const std::vector<std::string>& channels) {
  for (const auto write : {WriteForgotten, WriteTransitions, WriteLogEvents, WriteGaps,
                           WritePositions, WriteHosts, WriteLastChecks, WriteAlerts}) {
    if (absl::Status status = write(writer, commit); !status.ok()) return status;
  }
  for (const incidents::Incident& incident : commit.incidents) {
    if (absl::Status status = WriteIncident(writer, incident, 0); !status.ok()) return status;
    if (absl::Status status = WriteFaults(writer, incident); !status.ok()) return status;
  }
  for (const incidents::TimelineEntry& entry : commit.timeline) {
    if (absl::Status status = WriteTimelineEntry(writer, entry); !status.ok()) return status;
  }
  for (const incidents::Notification& notification : commit.outbox) {
    if (channels.empty()) continue;
    absl::Status status = WriteFrozen(writer, notification);
    if (status.ok()) status = WriteWaiting(writer, notification, channels);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteTimelineEntry(Connection& writer, const incidents::TimelineEntry& entry) {
  static const std::string sql = InsertSql("INSERT", "timeline", kTimelineColumns);
  Statement insert = writer.Prepare(sql);
  VisitTimeline(entry, Binding(insert));
  return insert.Run();
}

absl::Status WriteIncidentNow(Connection& writer, const incidents::Incident& incident) {
  return WriteIncident(writer, incident, 0);
}

absl::Status WriteFrozen(Connection& writer, const incidents::Notification& notification) {
  return WriteIncident(writer, notification.incident, notification.version);
}

}  // namespace faultline::store
