// Channels come and go.
#include <algorithm>
#include <set>
#include <utility>

#include "collector/store/outbox.h"
#include "collector/store/read.h"
#include "collector/store/write.h"

namespace faultline::store {
namespace {

absl::StatusOr<std::set<std::string>> ReadChannels(Connection& reader) {
  std::set<std::string> names;
  Statement select = reader.Prepare("SELECT name FROM channels");
  for (;;) {
    const absl::StatusOr<bool> row = select.Step();
    if (!row.ok()) return row.status();
    if (!*row) return names;
    names.insert(select.Get<std::string>());
  }
}

absl::StatusOr<uint64_t> Forget(Connection& writer, const std::string& channel) {
  const absl::StatusOr<OutboxTally> tally = ReadTally(writer, channel);
  if (!tally.ok()) return tally.status();
  for (const char* sql :
       {"DELETE FROM outbox WHERE channel = ?", "DELETE FROM told WHERE channel = ?",
        "DELETE FROM channels WHERE name = ?"}) {
    Statement remove = writer.Prepare(sql);
    if (absl::Status status = remove.Bind(channel).Run(); !status.ok()) return status;
  }
  return tally->waiting;
}

// Open incidents of which the others were told, or are to be.
absl::StatusOr<std::vector<incidents::Incident>> ReadSaid(Connection& reader) {
  absl::StatusOr<std::vector<incidents::Incident>> open = ReadIncidents(
      reader, {.state = incidents::IncidentState::kOpen, .stack = {}, .limit = SIZE_MAX});
  if (!open.ok()) return open;
  std::erase_if(*open, [](const incidents::Incident& each) { return each.notifications == 0; });
  std::reverse(open->begin(), open->end());  // the oldest first
  return open;
}

absl::StatusOr<uint64_t> Welcome(Connection& writer, const std::string& channel,
                                 const std::vector<incidents::Incident>& open, WallTime now) {
  Statement insert = writer.Prepare("INSERT INTO channels (name) VALUES (?)");
  if (absl::Status status = insert.Bind(channel).Run(); !status.ok()) return status;
  for (const incidents::Incident& incident : open) {
    incidents::Notification notification;
    notification.version = incident.notifications;
    notification.incident = incident;
    notification.decided_at = now;
    absl::Status status = WriteFrozen(writer, notification);
    if (status.ok()) status = WriteWaiting(writer, notification, {channel});
    if (!status.ok()) return status;
  }
  return open.size();
}

}  // namespace

absl::StatusOr<ChannelChanges> WriteChannels(Connection& writer,
                                             const std::vector<std::string>& names, WallTime now) {
  const absl::StatusOr<std::set<std::string>> known = ReadChannels(writer);
  if (!known.ok()) return known.status();
  ChannelChanges changes;
  for (const std::string& channel : *known) {
    if (std::find(names.begin(), names.end(), channel) != names.end()) continue;
    const absl::StatusOr<uint64_t> dropped = Forget(writer, channel);
    if (!dropped.ok()) return dropped.status();
    changes.gone.push_back({channel, *dropped});
  }
  const absl::StatusOr<std::vector<incidents::Incident>> open = ReadSaid(writer);
  if (!open.ok()) return open.status();
  for (const std::string& channel : names) {
    if (known->count(channel) > 0) continue;
    const absl::StatusOr<uint64_t> told = Welcome(writer, channel, *open, now);
    if (!told.ok()) return told.status();
    changes.added.push_back({channel, *told});
  }
  return changes;
}

}  // namespace faultline::store
