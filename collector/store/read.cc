#include "collector/store/read.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collector/store/fields.h"
#include "collector/store/last_checks.h"

namespace faultline::store {
namespace {

// All rows of a bound statement, each read by `read(row)`.
template <typename T, typename Read>
absl::Status ReadRows(Statement& statement, std::vector<T>& into, Read read) {
  for (;;) {
    const absl::StatusOr<bool> row = statement.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    into.push_back(read(statement));
  }
}

rules::Alert ReadAlert(Statement& row) {
  rules::Alert alert;
  VisitAlert(alert, Reading(row));
  return alert;
}

incidents::Incident ReadIncidentRow(Statement& row) {
  incidents::Incident incident;
  VisitIncident(incident, Reading(row));
  return incident;
}

incidents::EvidenceLine ReadEvidence(Statement& row) {
  incidents::EvidenceLine line;
  row.Read(line.host);
  row.Read(line.at);
  row.Read(line.text);
  return line;
}

Position ReadPosition(Statement& row) {
  Position position;
  VisitPosition(position, Reading(row));
  return position;
}

model::HostPicture ReadHost(Statement& row) {
  model::HostPicture host;
  VisitHost(host, Reading(row));
  const std::string addresses = row.Get<std::string>();
  host.addresses = absl::StrSplit(addresses, ' ', absl::SkipEmpty());
  // Whoever was connected to the collector that wrote this is not connected to us.
  if (host.link == model::LinkState::kConnected) host.link = model::LinkState::kSilent;
  return host;
}

absl::Status ReadParts(Connection& reader, uint32_t version, incidents::Incident& incident) {
  static const std::string alerts_sql =
      absl::StrCat("SELECT ", kAlertColumns,
                   " FROM incident_alerts WHERE of_incident = ? AND version = ? ORDER BY place");
  Statement alerts = reader.Prepare(alerts_sql);
  alerts.Bind(incident.id, version);
  if (absl::Status status = ReadRows(alerts, incident.alerts, ReadAlert); !status.ok()) {
    return status;
  }
  Statement evidence = reader.Prepare(
      "SELECT host, at, text FROM incident_evidence WHERE of_incident = ? AND version = ? "
      "ORDER BY place");
  evidence.Bind(incident.id, version);
  return ReadRows(evidence, incident.evidence, ReadEvidence);
}

incidents::Fault ReadFault(Statement& row) {
  incidents::Fault fault;
  VisitFault(fault, Reading(row));
  return fault;
}

absl::Status ReadFaults(Connection& reader, incidents::Incident& incident) {
  static const std::string sql = absl::StrCat(
      "SELECT ", kFaultColumns, " FROM incident_faults WHERE of_incident = ? ORDER BY place");
  Statement faults = reader.Prepare(sql);
  faults.Bind(incident.id);
  return ReadRows(faults, incident.faults, ReadFault);
}

// An open incident is written less often than its alerts while a storm lasts.
absl::Status RefreshAlerts(Connection& reader, incidents::Incident& incident) {
  static const std::string sql =
      absl::StrCat("SELECT ", kAlertColumns, " FROM alerts WHERE id = ?");
  Statement newest = reader.Prepare(sql);
  for (rules::Alert& alert : incident.alerts) {
    std::vector<rules::Alert> found;
    newest.Bind(alert.id);
    if (absl::Status status = ReadRows(newest, found, ReadAlert); !status.ok()) return status;
    if (!found.empty() && found[0].incident == incident.id) alert = std::move(found[0]);
  }
  return absl::OkStatus();
}

// More are of no use to the one who goes on from there, however many a storm has left.
constexpr int64_t kMaxRecent = 1000;

}  // namespace

absl::StatusOr<Loaded> ReadLoaded(Connection& reader, WallTime resolved_after) {
  Loaded loaded;
  Statement alerts = reader.Prepare(
      absl::StrCat("SELECT ", kAlertColumns, " FROM alerts WHERE state IN (?, ?) ORDER BY id"));
  alerts.Bind(rules::AlertState::kPending, rules::AlertState::kFiring);
  absl::Status status = ReadRows(alerts, loaded.alerts, ReadAlert);
  if (!status.ok()) return status;

  Statement recent = reader.Prepare(
      absl::StrCat("SELECT ", kIncidentColumns,
                   " FROM incidents WHERE version = 0 AND (state = ? OR id IN (SELECT id FROM "
                   "incidents WHERE version = 0 AND state = ? AND resolved_at >= ? "
                   "ORDER BY resolved_at DESC LIMIT ?)) ORDER BY id"));
  recent.Bind(incidents::IncidentState::kOpen, incidents::IncidentState::kResolved, resolved_after,
              kMaxRecent);
  status = ReadRows(recent, loaded.incidents, ReadIncidentRow);
  for (incidents::Incident& incident : loaded.incidents) {
    if (status.ok()) status = ReadParts(reader, 0, incident);
    if (status.ok()) status = ReadFaults(reader, incident);
    const bool is_open = incident.state == incidents::IncidentState::kOpen;
    if (status.ok() && is_open) status = RefreshAlerts(reader, incident);
  }
  if (!status.ok()) return status;

  Statement positions =
      reader.Prepare(absl::StrCat("SELECT ", kPositionColumns, " FROM positions"));
  status = ReadRows(positions, loaded.positions, ReadPosition);
  if (!status.ok()) return status;

  Statement hosts = reader.Prepare(absl::StrCat("SELECT ", kHostColumns, ", addresses FROM hosts"));
  status = ReadRows(hosts, loaded.hosts, ReadHost);
  if (status.ok()) status = ReadLastChecks(reader, loaded.hosts);
  if (!status.ok()) return status;

  const absl::StatusOr<int64_t> last =
      reader.QueryInt("SELECT coalesce(max(id), 0) FROM incidents");
  if (!last.ok()) return last.status();
  loaded.last_incident_id = static_cast<uint64_t>(*last);
  return loaded;
}

absl::StatusOr<std::vector<incidents::Incident>> ReadIncidents(Connection& reader,
                                                               const IncidentFilter& filter) {
  std::string sql = absl::StrCat("SELECT ", kIncidentColumns, " FROM incidents WHERE version = 0");
  if (filter.state) absl::StrAppend(&sql, " AND state = ?");
  if (!filter.stack.empty()) absl::StrAppend(&sql, " AND stack = ?");
  if (!filter.env.empty()) absl::StrAppend(&sql, " AND env = ?");
  absl::StrAppend(&sql, " ORDER BY id DESC LIMIT ?");
  Statement select = reader.Prepare(sql);
  if (filter.state) select.Bind(*filter.state);
  if (!filter.stack.empty()) select.Bind(filter.stack);
  if (!filter.env.empty()) select.Bind(filter.env);
  select.Bind(std::min<size_t>(filter.limit, INT32_MAX));
  std::vector<incidents::Incident> found;
  absl::Status status = ReadRows(select, found, ReadIncidentRow);
  for (incidents::Incident& incident : found) {
    if (status.ok()) status = ReadParts(reader, 0, incident);
  }
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<incidents::Incident> ReadIncident(Connection& reader, uint64_t id,
                                                 uint32_t version) {
  static const std::string sql =
      absl::StrCat("SELECT ", kIncidentColumns, " FROM incidents WHERE id = ? AND version = ?");
  Statement select = reader.Prepare(sql);
  const absl::StatusOr<bool> row = select.Bind(id, version).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError(absl::StrCat("no incident ", id));
  incidents::Incident incident = ReadIncidentRow(select);
  if (absl::Status status = ReadParts(reader, version, incident); !status.ok()) return status;
  return incident;
}

absl::StatusOr<std::vector<incidents::TimelineEntry>> ReadTimeline(Connection& reader,
                                                                   uint64_t incident) {
  static const std::string sql = absl::StrCat("SELECT ", kTimelineColumns,
                                              " FROM timeline WHERE incident = ? ORDER BY at, id");
  Statement select = reader.Prepare(sql);
  select.Bind(incident);
  std::vector<incidents::TimelineEntry> entries;
  absl::Status status = ReadRows(select, entries, [](Statement& row) {
    incidents::TimelineEntry entry;
    VisitTimeline(entry, Reading(row));
    return entry;
  });
  if (!status.ok()) return status;
  return entries;
}

}  // namespace faultline::store
