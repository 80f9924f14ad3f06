// The Store over SQLite: a writer's thread, and readers that never wait for it.
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/database_file.h"
#include "collector/store/read.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"
#include "collector/store/write.h"
#include "collector/store/writer.h"
#include "common/mutex.h"

namespace faultline::store {
namespace {

constexpr Span kRecentlyResolved = Span::Seconds(86400);

// One reading connection that threads take in turn. A call sees one moment of the database.
class SharedReader {
 public:
  explicit SharedReader(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  template <typename Read>
  auto Run(Read read) -> decltype(read(std::declval<Connection&>())) {
    MutexLock lock(mutex_);
    if (absl::Status status = connection_->Execute("BEGIN"); !status.ok()) return status;
    auto result = read(*connection_);
    // Nothing was written: whether the end succeeds does not matter to what was read.
    (void)connection_->Execute("COMMIT");
    return result;
  }

 private:
  Mutex mutex_;
  const std::unique_ptr<Connection> connection_;
};

class SqliteStore : public Store {
 public:
  SqliteStore(const SqliteOptions& options, const Clock& clock, DatabaseFile file,
              std::unique_ptr<Connection> writer, std::unique_ptr<Connection> reader,
              std::unique_ptr<Connection> outbox_reader)
      : options_(options),
        clock_(clock),
        file_(std::move(file)),
        writer_(std::move(writer), clock, options.keep_records),
        reader_(std::move(reader)),
        outbox_reader_(std::move(outbox_reader)) {}

  absl::StatusOr<Loaded> Load() override {
    return reader_.Run([this](Connection& reader) {
      return ReadLoaded(reader, clock_.Now() - kRecentlyResolved);
    });
  }

  void Submit(Commit commit, std::function<void()> done) override {
    auto shared = std::make_shared<const Commit>(std::move(commit));
    Operation operation;
    operation.write = [this, shared](Connection& writer) {
      return WriteCommit(writer, *shared, options_.channels);
    };
    operation.finished = [this, shared, done = std::move(done)](const absl::Status&) {
      if (!shared->outbox.empty() && outbox_listener_) outbox_listener_();
      if (done) done();
    };
    writer_.Queue(std::move(operation));
  }

  WallTime failing_since() const override { return writer_.failing_since(); }
  std::string last_error() const override { return writer_.last_error(); }

  absl::StatusOr<std::vector<incidents::Incident>> ListIncidents(
      const IncidentFilter& filter) override {
    return reader_.Run([&](Connection& reader) { return ReadIncidents(reader, filter); });
  }

  absl::StatusOr<incidents::Incident> GetIncident(uint64_t id) override {
    return reader_.Run([&](Connection& reader) { return ReadIncident(reader, id, 0); });
  }

  absl::StatusOr<std::vector<incidents::TimelineEntry>> Timeline(uint64_t incident) override {
    return reader_.Run([&](Connection& reader) { return ReadTimeline(reader, incident); });
  }

  absl::StatusOr<std::vector<OutboxEntry>> DueOutbox(const std::string& channel, WallTime now,
                                                     size_t limit) override {
    return outbox_reader_.Run(
        [&](Connection& reader) { return ReadDueOutbox(reader, channel, now, limit); });
  }

  absl::StatusOr<std::optional<WallTime>> NextDue(const std::string& channel) override {
    return outbox_reader_.Run([&](Connection& reader) { return ReadNextDue(reader, channel); });
  }

  absl::Status MarkDelivered(uint64_t entry, WallTime at) override {
    return Mark(entry,
                [entry, at](Connection& writer) { return WriteDelivered(writer, entry, at); });
  }

  absl::Status MarkFailed(uint64_t entry, const std::string& error,
                          WallTime next_attempt) override {
    const WallTime now = clock_.Now();
    return Mark(entry, [=](Connection& writer) {
      return WriteFailed(writer, entry, error, next_attempt, now);
    });
  }

  void set_outbox_listener(std::function<void()> listener) override {
    outbox_listener_ = std::move(listener);
  }

 private:
  // Queues a mark behind the commits and waits for it.
  absl::Status Mark(uint64_t entry, std::function<absl::Status(Connection&)> write) {
    // Shared: the writer's thread may still be leaving set_value when we are already gone.
    struct Answer {
      std::promise<absl::Status> status;
      bool found = true;  // set by the writer's thread before `status`
    };
    auto answer = std::make_shared<Answer>();
    Operation operation;
    operation.lasting = false;
    operation.write = [answer, write = std::move(write)](Connection& writer) {
      absl::Status status = write(writer);
      // Not a failure of the store: the rest of the transaction must not suffer for it.
      answer->found = !absl::IsNotFound(status);
      return answer->found ? status : absl::OkStatus();
    };
    operation.finished = [answer](const absl::Status& status) { answer->status.set_value(status); };
    writer_.Queue(std::move(operation));
    absl::Status status = answer->status.get_future().get();
    if (!status.ok() || answer->found) return status;
    return absl::NotFoundError(absl::StrCat("no outbox entry ", entry));
  }

  const SqliteOptions options_;
  const Clock& clock_;
  const DatabaseFile file_;
  std::function<void()> outbox_listener_;
  // The readers close before the writer: the last connection to close is the one that may copy the
  // log into the database.
  Writer writer_;
  SharedReader reader_;
  SharedReader outbox_reader_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options,
                                                       const Clock& clock) {
  absl::StatusOr<DatabaseFile> file = DatabaseFile::Claim(options.path);
  if (!file.ok()) return file.status();
  absl::StatusOr<std::unique_ptr<Connection>> writer =
      Connection::Open(options.path, Access::kWriter);
  if (!writer.ok()) return writer.status();
  if (absl::Status status = Migrate(**writer); !status.ok()) {
    if (!absl::IsFailedPrecondition(status)) return status;
    return absl::FailedPreconditionError(absl::StrCat(options.path, " ", status.message()));
  }
  absl::StatusOr<std::unique_ptr<Connection>> reader =
      Connection::Open(options.path, Access::kReader);
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::unique_ptr<Connection>> outbox_reader =
      Connection::Open(options.path, Access::kReader);
  if (!outbox_reader.ok()) return outbox_reader.status();
  return std::make_unique<SqliteStore>(options, clock, *std::move(file), *std::move(writer),
                                       *std::move(reader), *std::move(outbox_reader));
}

}  // namespace faultline::store
