#include "collector/store/rescue.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/outbox.h"
#include "collector/store/read.h"
#include "collector/store/schema.h"
#include "collector/store/write.h"
#include "common/log.h"

namespace faultline::store {
namespace {

// Of 4 KiB each. An incident with its alerts is one to three.
constexpr int kRoomPages = 120;

// Takes the room of the database and of its journal, once, and gives it back to SQLite.
absl::Status TakeRoom(Connection& connection) {
  const absl::StatusOr<int64_t> pages = connection.QueryInt("PRAGMA page_count");
  if (!pages.ok()) return pages.status();
  const std::string fill = absl::StrCat(
      "BEGIN IMMEDIATE; CREATE TABLE room (x BLOB); "
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ",
      kRoomPages,
      ") INSERT INTO room SELECT zeroblob(3000) FROM n; COMMIT; "
      "BEGIN IMMEDIATE; UPDATE room SET x = randomblob(3000); COMMIT; DROP TABLE room");
  absl::Status status = connection.Execute(fill);
  if (!status.ok()) (void)connection.Execute("ROLLBACK");
  return status;
}

// Newer than what the store has of it.
bool IsNews(const incidents::Incident& told, const incidents::Incident& stored) {
  return told.dedup_key == stored.dedup_key && told.notifications > stored.notifications;
}

}  // namespace

Rescue Rescue::Open(const std::string& path) {
  Rescue rescue(path);
  absl::Status status = rescue.Prepare();
  if (absl::IsDataLoss(status)) {
    LogWarning(absl::StrCat(status.message(), "; it is made anew"));
    rescue.connection_.reset();
    unlink(path.c_str());
    unlink((path + "-journal").c_str());
    status = rescue.Prepare();
  }
  if (status.ok()) return rescue;
  rescue.connection_.reset();
  LogWarning(absl::StrCat("cannot take room for what is told while the store cannot be written: ",
                          status.message(), "; the end of it may not be told after a restart"));
  return rescue;
}

absl::Status Rescue::Prepare() {
  const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path_));
  const bool is_new = lseek(fd, 0, SEEK_END) == 0;
  close(fd);
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(path_, Access::kInPlace);
  if (!connection.ok()) return connection.status();
  connection_ = *std::move(connection);
  if (absl::Status status = Migrate(*connection_); !status.ok()) return status;
  if (is_new) {
    if (absl::Status status = TakeRoom(*connection_); !status.ok()) {
      unlink(path_.c_str());  // next time from the beginning
      return status;
    }
  }
  const absl::StatusOr<std::vector<OutboxMark>> kept = Read();
  if (!kept.ok()) return kept.status();
  empty_ = kept->empty();
  return absl::OkStatus();
}

void Rescue::Keep(const OutboxMark& mark) {
  if (connection_ == nullptr) return;
  absl::Status status = connection_->Execute("BEGIN IMMEDIATE");
  if (status.ok()) status = Write(mark);
  if (status.ok()) status = connection_->Execute("COMMIT");
  if (status.ok()) {
    empty_ = false;
    return;
  }
  (void)connection_->Execute("ROLLBACK");
  if (std::exchange(complained_, true)) return;
  LogWarning(absl::StrCat("what is told while the store cannot be written is not kept: ",
                          status.message()));
}

absl::Status Rescue::Write(const OutboxMark& mark) {
  const incidents::Incident& incident = mark.unsaved->incident;
  // Another channel may have been told more of it.
  const absl::StatusOr<incidents::Incident> kept = ReadIncident(*connection_, incident.id, 0);
  if (!kept.ok() && !absl::IsNotFound(kept.status())) return kept.status();
  if (!kept.ok() || kept->notifications < incident.notifications) {
    absl::Status status = WriteIncidentNow(*connection_, incident);
    if (!status.ok()) return status;
  }
  Statement told = connection_->Prepare(
      "INSERT OR REPLACE INTO told (channel, incident, version, at) VALUES (?, ?, ?, ?)");
  return told.Bind(mark.channel, mark.incident, mark.version, mark.at).Run();
}

std::vector<OutboxMark> Rescue::Kept() {
  if (empty_) return {};
  absl::StatusOr<std::vector<OutboxMark>> kept = Read();
  return kept.ok() ? *std::move(kept) : std::vector<OutboxMark>();
}

absl::StatusOr<std::vector<OutboxMark>> Rescue::Read() {
  std::vector<OutboxMark> kept;
  {
    Statement select =
        connection_->Prepare("SELECT channel, incident, version, at FROM told ORDER BY incident");
    for (;;) {
      const absl::StatusOr<bool> row = select.Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      OutboxMark mark;
      select.Read(mark.channel);
      select.Read(mark.incident);
      select.Read(mark.version);
      select.Read(mark.at);
      kept.push_back(std::move(mark));
    }
  }
  for (OutboxMark& mark : kept) {
    absl::StatusOr<incidents::Incident> incident = ReadIncident(*connection_, mark.incident, 0);
    if (!incident.ok()) return incident.status();
    incidents::Notification told;
    told.version = mark.version;
    told.incident = *std::move(incident);
    mark.unsaved = std::make_shared<const incidents::Notification>(std::move(told));
  }
  return kept;
}

void Rescue::Clear() {
  if (empty_) return;
  const absl::Status status = connection_->Execute(
      "BEGIN IMMEDIATE; DELETE FROM told; DELETE FROM incidents; DELETE FROM incident_alerts; "
      "DELETE FROM incident_evidence; COMMIT");
  // What stays is known to the store: it changes nothing when it is found again.
  if (!status.ok()) (void)connection_->Execute("ROLLBACK");
  empty_ = status.ok();
}

absl::Status WriteRescued(Connection& writer, const std::vector<OutboxMark>& kept) {
  for (const OutboxMark& mark : kept) {
    const incidents::Incident& told = mark.unsaved->incident;
    const absl::StatusOr<incidents::Incident> stored = ReadIncident(writer, told.id, 0);
    if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    // Another one has the number: no store that was written in order lets that come about.
    if (stored.ok() && stored->dedup_key != told.dedup_key) continue;
    if (!stored.ok() || IsNews(told, *stored)) {
      Commit commit;
      commit.incidents = {told};
      commit.alerts = told.alerts;
      if (absl::Status status = WriteCommit(writer, commit, {}); !status.ok()) return status;
    }
    if (absl::Status status = WriteMark(writer, mark); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void AddRescued(const std::vector<OutboxMark>& kept, Loaded& loaded) {
  for (const OutboxMark& mark : kept) {
    const incidents::Incident& told = mark.unsaved->incident;
    const auto stored = std::find_if(loaded.incidents.begin(), loaded.incidents.end(),
                                     [&](const auto& each) { return each.id == told.id; });
    if (stored == loaded.incidents.end()) {
      loaded.incidents.push_back(told);
    } else if (IsNews(told, *stored)) {
      *stored = told;
    } else {
      continue;
    }
    loaded.last_incident_id = std::max(loaded.last_incident_id, told.id);
    for (const rules::Alert& alert : told.alerts) {
      std::erase_if(loaded.alerts, [&](const rules::Alert& each) { return each.id == alert.id; });
      if (alert.state == rules::AlertState::kFiring) loaded.alerts.push_back(alert);
    }
  }
  // Whether they were written meanwhile or not: in the order of what was loaded.
  const auto by_id = [](const auto& one, const auto& other) { return one.id < other.id; };
  std::sort(loaded.incidents.begin(), loaded.incidents.end(), by_id);
  std::sort(loaded.alerts.begin(), loaded.alerts.end(), by_id);
}

}  // namespace faultline::store
