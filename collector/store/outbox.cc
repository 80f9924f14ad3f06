#include "collector/store/outbox.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/read.h"
#include "collector/store/write.h"

namespace faultline::store {
namespace {

absl::Status NoteTelling(Connection& writer, const OutboxMark& mark, incidents::TimelineKind kind,
                         std::string text) {
  incidents::TimelineEntry line;
  line.incident = mark.incident;
  line.at = line.recorded = mark.at;
  line.kind = kind;
  line.text = std::move(text);
  return WriteTimelineEntry(writer, line);
}

// What is over and was never told gives way to newer trouble of its subject.
absl::Status PassOverOlder(Connection& writer, const incidents::Notification& newer,
                           const std::string& channel) {
  std::vector<OutboxMark> marks;
  {
    Statement select = writer.Prepare(
        "SELECT incident, version FROM outbox WHERE channel = ? AND line = ? AND urgency = ? AND "
        "incident <> ?");
    select.Bind(channel, LineOf(newer.incident), Urgency::kOver, newer.incident.id);
    for (;;) {
      const absl::StatusOr<bool> row = select.Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      OutboxMark mark;
      mark.kind = OutboxMark::Kind::kPassedOver;
      mark.channel = channel;
      select.Read(mark.incident);
      select.Read(mark.version);
      mark.at = newer.decided_at;
      mark.why = absl::StrCat("it was over, and incident ", newer.incident.id, " follows");
      marks.push_back(std::move(mark));
    }
  }
  for (const OutboxMark& mark : marks) {
    if (absl::Status status = WriteMark(writer, mark); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MakeWait(Connection& writer, const incidents::Notification& notification,
                      const std::string& channel) {
  const incidents::Incident& incident = notification.incident;
  const absl::StatusOr<ToldNote> told = ReadTold(writer, channel, incident.id);
  if (!told.ok()) return told.status();
  if (told->version >= notification.version) return absl::OkStatus();
  const Urgency urgency = UrgencyOf(incident, told->is_known());
  Statement insert = writer.Prepare(
      "INSERT INTO outbox (channel, incident, version, urgency, line, host, decided_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel, incident) DO UPDATE SET "
      "version = excluded.version, urgency = excluded.urgency, host = excluded.host "
      "WHERE excluded.version > version");
  insert.Bind(channel, incident.id, notification.version, urgency, LineOf(incident),
              HostKeyOf(incident), notification.decided_at);
  if (absl::Status status = insert.Run(); !status.ok()) return status;
  if (!IsUntoldAndOpen(urgency)) return absl::OkStatus();
  return PassOverOlder(writer, notification, channel);
}

// What was decided while another word of it was on its way: news of what is known now, or, after
// its end, of what nobody knows to go on.
absl::Status JudgeAgain(Connection& writer, const std::string& channel, uint64_t incident) {
  const absl::StatusOr<ToldNote> told = ReadTold(writer, channel, incident);
  if (!told.ok()) return told.status();
  incidents::Incident waiting;
  {
    Statement select = writer.Prepare(
        "SELECT i.state, i.severity FROM outbox o JOIN incidents i ON i.id = o.incident AND "
        "i.version = o.version WHERE o.channel = ? AND o.incident = ?");
    const absl::StatusOr<bool> row = select.Bind(channel, incident).Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    select.Read(waiting.state);
    select.Read(waiting.severity);
  }
  Statement update =
      writer.Prepare("UPDATE outbox SET urgency = ? WHERE channel = ? AND incident = ?");
  return update.Bind(UrgencyOf(waiting, told->is_known()), channel, incident).Run();
}

absl::Status MarkTold(Connection& writer, const OutboxMark& mark) {
  Statement told = writer.Prepare(
      "INSERT INTO told (channel, incident, version, at) VALUES (?, ?, ?, ?) "
      "ON CONFLICT DO UPDATE SET version = excluded.version, at = excluded.at, reminders = 0 "
      "WHERE excluded.version > version");
  told.Bind(mark.channel, mark.incident, mark.version, mark.at);
  if (absl::Status status = told.Run(); !status.ok()) return status;
  if (writer.changes() == 0) return absl::OkStatus();  // was marked before
  Statement remove =
      writer.Prepare("DELETE FROM outbox WHERE channel = ? AND incident = ? AND version <= ?");
  absl::Status status = remove.Bind(mark.channel, mark.incident, mark.version).Run();
  if (!status.ok()) return status;
  if (absl::Status status = JudgeAgain(writer, mark.channel, mark.incident); !status.ok()) {
    return status;
  }
  std::string text = absl::StrCat("message ", mark.version, " delivered to ", mark.channel);
  if (mark.attempts > 1) absl::StrAppend(&text, " at attempt ", mark.attempts);
  return NoteTelling(writer, mark, incidents::TimelineKind::kNotified, std::move(text));
}

absl::Status MarkReminded(Connection& writer, const OutboxMark& mark) {
  Statement told = writer.Prepare(
      "UPDATE told SET at = ?, reminders = reminders + 1 WHERE channel = ? AND incident = ?");
  absl::Status status = told.Bind(mark.at, mark.channel, mark.incident).Run();
  if (!status.ok()) return status;
  return NoteTelling(writer, mark, incidents::TimelineKind::kNotified,
                     absl::StrCat("reminder delivered to ", mark.channel));
}

absl::Status MarkPassedOver(Connection& writer, const OutboxMark& mark) {
  Statement remove =
      writer.Prepare("DELETE FROM outbox WHERE channel = ? AND incident = ? AND version <= ?");
  absl::Status status = remove.Bind(mark.channel, mark.incident, mark.version).Run();
  if (!status.ok() || writer.changes() == 0) return status;
  return NoteTelling(writer, mark, incidents::TimelineKind::kNotified,
                     absl::StrCat("not told to ", mark.channel, " by itself: ", mark.why));
}

}  // namespace

std::string LineOf(const incidents::Incident& incident) {
  return absl::StrCat(incident.stack.stack, "\x1f", incident.stack.env, "\x1f", incident.subject);
}

std::string HostKeyOf(const incidents::Incident& incident) {
  return absl::StrCat(incident.stack.stack, "\x1f", incident.stack.env, "\x1f", incident.host);
}

Urgency UrgencyOf(const incidents::Incident& incident, bool told) {
  if (told) return Urgency::kNews;
  if (incident.state == incidents::IncidentState::kResolved) return Urgency::kOver;
  switch (incident.severity) {
    case rules::Severity::kCritical:
      return Urgency::kUntoldCritical;
    case rules::Severity::kWarning:
      return Urgency::kUntoldWarning;
    case rules::Severity::kInfo:
      break;
  }
  return Urgency::kUntoldInfo;
}

absl::Status WriteWaiting(Connection& writer, const incidents::Notification& notification,
                          const std::vector<std::string>& channels) {
  for (const std::string& channel : channels) {
    if (absl::Status status = MakeWait(writer, notification, channel); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteMark(Connection& writer, const OutboxMark& mark) {
  switch (mark.kind) {
    case OutboxMark::Kind::kTold:
      return MarkTold(writer, mark);
    case OutboxMark::Kind::kReminded:
      return MarkReminded(writer, mark);
    case OutboxMark::Kind::kPassedOver:
      return MarkPassedOver(writer, mark);
    case OutboxMark::Kind::kFailed:
      break;
  }
  return NoteTelling(writer, mark, incidents::TimelineKind::kNotifyFailed,
                     absl::StrCat("message ", mark.version, " to ", mark.channel,
                                  " failed, trying on: ", mark.why));
}

}  // namespace faultline::store
