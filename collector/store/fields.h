// The columns of every record, in one place: the same visit binds and reads them, so that the two
// cannot disagree. The order is that of the column lists beside them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "collector/incidents/incident.h"
#include "collector/rules/alert.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"

namespace faultline::store {

// Enums are stored as their numbers. A new value goes to the end; these fail when one did not.
static_assert(static_cast<int>(State::kUnknown) == 4);
static_assert(static_cast<int>(rules::AlertState::kWithdrawn) == 3);
static_assert(static_cast<int>(rules::Severity::kCritical) == 2);
static_assert(static_cast<int>(rules::Decision::kHostRenamed) == 11);
static_assert(static_cast<int>(incidents::IncidentState::kResolved) == 1);
static_assert(static_cast<int>(incidents::NotificationEvent::kResolved) == 2);
static_assert(static_cast<int>(incidents::TimelineKind::kGap) == 11);
static_assert(static_cast<int>(model::LinkState::kGoodbye) == 2);

inline constexpr char kAlertColumns[] =
    "id, rule, stack, env, host, check_kind, check_target, check_name, subject, severity, state, "
    "reason, detail, decision, since, received, fired_at, resolved_at, deadline, late, incident, "
    "spool_id, start_number, seq";

// `Alert` is rules::Alert, const when its fields are bound.
template <typename Alert, typename Field>
void VisitAlert(Alert& a, Field field) {
  field(a.id), field(a.rule);
  field(a.host.stack.stack), field(a.host.stack.env), field(a.host.host);
  field(a.check.kind), field(a.check.target), field(a.check.name);
  field(a.subject), field(a.severity), field(a.state), field(a.reason), field(a.detail);
  field(a.decision), field(a.since), field(a.received), field(a.fired_at), field(a.resolved_at);
  field(a.deadline), field(a.late), field(a.incident);
  field(a.transition.spool_id), field(a.transition.start_number), field(a.transition.seq);
}

inline constexpr char kIncidentColumns[] =
    "id, dedup_key, stack, env, subject, severity, state, lead_alert, host, reason, title, text, "
    "since, opened_at, resolved_at, opened_mono, late, notifications";

// Without evidence and alerts.
template <typename Incident, typename Field>
void VisitIncident(Incident& i, Field field) {
  field(i.id), field(i.dedup_key), field(i.stack.stack), field(i.stack.env), field(i.subject);
  field(i.severity), field(i.state), field(i.lead_alert), field(i.host), field(i.reason);
  field(i.title), field(i.text), field(i.since), field(i.opened_at), field(i.resolved_at);
  field(i.opened_mono), field(i.late), field(i.notifications);
}

inline constexpr char kFaultColumns[] =
    "alert, told, severity, words, end_told, times, first, flaps";

template <typename Fault, typename Field>
void VisitFault(Fault& f, Field field) {
  field(f.alert), field(f.told), field(f.severity), field(f.words);
  field(f.end_told), field(f.times), field(f.first), field(f.flaps);
}

inline constexpr char kTimelineColumns[] =
    "incident, at, recorded, kind, host, check_id, state, reason, text, late";

template <typename Entry, typename Field>
void VisitTimeline(Entry& e, Field field) {
  field(e.incident), field(e.at), field(e.recorded), field(e.kind), field(e.host), field(e.check);
  field(e.state), field(e.reason), field(e.text), field(e.late);
}

inline constexpr char kHostColumns[] =
    "stack, env, host, role, link, agent_version, instance_id, region, boot_id, spool_id, "
    "start_number, link_since, last_heard, clock_offset, clock_uncertainty";

// Without addresses and checks.
template <typename Host, typename Field>
void VisitHost(Host& h, Field field) {
  field(h.identity.id.stack.stack), field(h.identity.id.stack.env), field(h.identity.id.host);
  field(h.identity.role), field(h.link), field(h.agent_version), field(h.instance_id);
  field(h.region), field(h.boot_id), field(h.spool_id), field(h.start_number);
  field(h.link_since), field(h.last_heard), field(h.clock_offset), field(h.clock_uncertainty);
}

inline constexpr char kLastCheckColumns[] =
    "check_kind, check_target, check_name, declared_subject, subject, unit, remote_address, "
    "remote_port, interval, state, reason, detail, since, observed, last_ok, ok_since, last_seq";

// Without what is a list.
template <typename Check, typename Field>
void VisitLastCheck(Check& c, Field field) {
  field(c.id.kind), field(c.id.target), field(c.id.name), field(c.declared_subject);
  field(c.subject), field(c.unit), field(c.remote_address), field(c.remote_port);
  field(c.interval), field(c.state), field(c.reason), field(c.detail);
  field(c.since), field(c.observed), field(c.last_ok), field(c.ok_since), field(c.last_seq);
}

inline constexpr char kPositionColumns[] = "stack, env, host, spool_id, stream, seq";

template <typename PositionType, typename Field>
void VisitPosition(PositionType& p, Field field) {
  field(p.host.stack.stack), field(p.host.stack.env), field(p.host.host);
  field(p.spool_id), field(p.stream), field(p.seq);
}

inline constexpr char kTransitionColumns[] =
    "stack, env, host, spool_id, start_number, seq, check_kind, check_target, check_name, state, "
    "reason, detail, at, host_time, received, late";

template <typename Transition, typename Field>
void VisitTransition(Transition& t, Field field) {
  field(t.host.stack.stack), field(t.host.stack.env), field(t.host.host);
  field(t.spool_id), field(t.start_number), field(t.seq);
  field(t.check.kind), field(t.check.target), field(t.check.name);
  field(t.state), field(t.reason), field(t.detail);
  field(t.at), field(t.host_time), field(t.received), field(t.late);
}

inline constexpr char kLogEventColumns[] =
    "stack, env, host, spool_id, seq, check_kind, check_target, check_name, fingerprint, pattern, "
    "sample, count, first, last";  // and "received", which is its commit's

template <typename Event, typename Field>
void VisitLogEvent(Event& e, Field field) {
  field(e.host.stack.stack), field(e.host.stack.env), field(e.host.host);
  field(e.spool_id), field(e.seq), field(e.check.kind), field(e.check.target), field(e.check.name);
  field(e.fingerprint), field(e.pattern), field(e.sample), field(e.count);
  field(e.first), field(e.last);
}

inline constexpr char kGapColumns[] =
    "stack, env, host, spool_id, stream, first_seq, last_seq, \"from\", \"to\", why";

template <typename Gap, typename Field>
void VisitGap(Gap& g, Field field) {
  field(g.host.stack.stack), field(g.host.stack.env), field(g.host.host);
  field(g.spool_id), field(g.stream), field(g.first_seq), field(g.last_seq);
  field(g.from), field(g.to), field(g.why);
}

// "INSERT OR IGNORE INTO gaps (a, b) VALUES (?, ?)".
inline std::string InsertSql(const std::string& verb, const std::string& table,
                             const std::string& columns) {
  std::string marks = "?";
  for (int64_t i = std::count(columns.begin(), columns.end(), ','); i > 0; --i) marks += ", ?";
  return absl::StrCat(verb, " INTO ", table, " (", columns, ") VALUES (", marks, ")");
}

// For the visits above: `VisitAlert(alert, Binding(statement))`, `VisitAlert(alert, Reading(row))`.
inline auto Binding(Statement& statement) {
  return [&statement](const auto& field) { statement.Bind(field); };
}
inline auto Reading(Statement& row) {
  return [&row](auto& field) { row.Read(field); };
}

}  // namespace faultline::store
