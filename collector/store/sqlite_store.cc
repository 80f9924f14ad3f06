// The Store over SQLite: a writer's thread, and readers that never wait for it.
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/damage.h"
#include "collector/store/database_file.h"
#include "collector/store/outbox.h"
#include "collector/store/read.h"
#include "collector/store/rescue.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite.h"
#include "collector/store/store.h"
#include "collector/store/write.h"
#include "collector/store/writer.h"
#include "common/log.h"
#include "common/mutex.h"

namespace faultline::store {
namespace {

constexpr Span kRecentlyResolved = Span::Seconds(86400);
// Alerting waits for it.
constexpr Span kLookThrough = Span::Seconds(3);

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
              std::unique_ptr<Connection> outbox_reader, Rescue rescue)
      : options_(options),
        clock_(clock),
        file_(std::move(file)),
        rescue_(std::move(rescue)),
        writer_(
            std::move(writer), clock,
            {.keep = options.keep_records, .max_bytes = options.max_bytes, .path = options.path}),
        reader_(std::move(reader)),
        outbox_reader_(std::move(outbox_reader)) {
    TakeRescued();
    SetChannels(options.channels);
  }

  absl::StatusOr<Loaded> Load() override {
    absl::StatusOr<Loaded> loaded = reader_.Run([this](Connection& reader) {
      return ReadLoaded(reader, clock_.Now() - kRecentlyResolved);
    });
    if (loaded.ok()) AddRescued(rescued_, *loaded);
    return loaded;
  }

  void Submit(Commit commit, std::function<void()> done) override {
    auto shared = std::make_shared<const Commit>(std::move(commit));
    Operation operation;
    operation.write = [this, shared](Connection& writer) {
      return WriteCommit(writer, *shared, channels_);
    };
    operation.finished = [this, shared, done = std::move(done)] {
      if (!shared->outbox.empty()) TellListener();
      if (done) done();
    };
    writer_.Queue(std::move(operation));
  }

  WallTime failing_since() const override { return writer_.failing_since(); }
  std::string last_error() const override { return writer_.last_error(); }
  StoreHealth Health() const override {
    return {.path = options_.path, .failure = writer_.failure(), .set_aside = writer_.set_aside()};
  }
  void ConfirmClock(WallTime now, MonoTime mono) override { writer_.ConfirmClock(now, mono); }

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

  absl::StatusOr<std::vector<Waiting>> Window(
      const std::string& channel, const std::function<bool(const Waiting&)>& skip) override {
    return outbox_reader_.Run(
        [&](Connection& reader) { return ReadWindow(reader, channel, skip); });
  }

  // Whoever asks for numbers does not hold up the telling.
  absl::StatusOr<OutboxTally> Tally(const std::string& channel) override {
    return reader_.Run([&](Connection& reader) { return ReadTally(reader, channel); });
  }

  absl::StatusOr<uint64_t> Untold(const std::string& channel, const std::string& host) override {
    return outbox_reader_.Run(
        [&](Connection& reader) { return ReadUntold(reader, channel, host); });
  }

  absl::StatusOr<ToldNote> Told(const std::string& channel, uint64_t incident) override {
    return outbox_reader_.Run(
        [&](Connection& reader) { return ReadTold(reader, channel, incident); });
  }

  absl::StatusOr<std::vector<ToldNote>> ToldBefore(const std::string& channel, WallTime before,
                                                   size_t limit) override {
    return outbox_reader_.Run(
        [&](Connection& reader) { return ReadToldBefore(reader, channel, before, limit); });
  }

  absl::StatusOr<incidents::Incident> Frozen(uint64_t incident, uint32_t version) override {
    return outbox_reader_.Run(
        [&](Connection& reader) { return ReadIncident(reader, incident, version); });
  }

  void Mark(OutboxMark mark, std::function<void()> done) override {
    auto shared = std::make_shared<const OutboxMark>(std::move(mark));
    Operation operation;
    operation.write = [shared](Connection& writer) { return WriteMark(writer, *shared); };
    operation.finished = [this, shared, done = std::move(done)] {
      if (shared->unsaved != nullptr) rescue_.Clear();
      if (done) done();
    };
    if (shared->unsaved != nullptr) {
      operation.failed = [this, shared] { rescue_.Keep(*shared); };
    }
    writer_.Queue(std::move(operation));
  }

  void SetChannels(std::vector<std::string> names) override {
    auto changes = std::make_shared<ChannelChanges>();
    Operation operation;
    operation.write = [this, names = std::move(names), changes](Connection& writer) {
      channels_ = names;
      absl::StatusOr<ChannelChanges> written = WriteChannels(writer, names, clock_.Now());
      if (written.ok()) *changes = *std::move(written);
      return written.status();
    };
    operation.finished = [this, changes] {
      if (options_.on_channels) options_.on_channels(*changes);
      TellListener();
    };
    writer_.Queue(std::move(operation));
  }

  void set_outbox_listener(std::function<void()> listener) override {
    MutexLock lock(listener_mutex_);
    outbox_listener_ = std::move(listener);
  }

 private:
  // What was told while this could not be written is written now, before anything else; while it
  // still cannot be, Load tells of it all the same.
  void TakeRescued() {
    rescued_ = rescue_.Kept();
    if (rescued_.empty()) return;
    Operation operation;
    operation.write = [this](Connection& writer) { return WriteRescued(writer, rescued_); };
    operation.finished = [this] { rescue_.Clear(); };
    writer_.Queue(std::move(operation));
  }

  void TellListener() {
    std::function<void()> listener;
    {
      MutexLock lock(listener_mutex_);
      listener = outbox_listener_;
    }
    if (listener) listener();
  }

  const SqliteOptions options_;
  const Clock& clock_;
  const DatabaseFile file_;
  Mutex listener_mutex_;
  std::function<void()> outbox_listener_ FAULTLINE_GUARDED_BY(listener_mutex_);
  std::vector<std::string> channels_;  // the writer's thread only
  Rescue rescue_;                      // the same, after the start
  std::vector<OutboxMark> rescued_;    // as found at the start
  // The readers close before the writer: the last connection to close is the one that may copy the
  // log into the database.
  Writer writer_;
  SharedReader reader_;
  SharedReader outbox_reader_;
};

// What is to be done of it was done.
std::string BeforeAdvice(const absl::Status& status) {
  const std::string message(status.message());
  return message.substr(0, message.find("; "));
}

// The writing connection to a database that can be read, in this program's schema.
absl::StatusOr<std::unique_ptr<Connection>> OpenWriter(const std::string& path, WallTime now) {
  if (IsDamageNoted(path)) {
    return absl::DataLossError(absl::StrCat(path, ": the collector found it damaged before"));
  }
  absl::StatusOr<std::unique_ptr<Connection>> writer = Connection::Open(path, Access::kWriter);
  if (!writer.ok()) return writer.status();
  const absl::StatusOr<int64_t> schema = (*writer)->QueryInt("PRAGMA user_version");
  absl::Status status = schema.ok() ? CheckSchemaOfStore(*schema, path) : schema.status();
  if (status.ok()) status = Migrate(**writer);
  if (status.ok()) status = (*writer)->QuickCheck(kLookThrough);
  // What the start needs of it.
  if (status.ok()) status = ReadLoaded(**writer, now - kRecentlyResolved).status();
  if (!status.ok()) return status;
  return writer;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options,
                                                       const Clock& clock) {
  absl::StatusOr<DatabaseFile> file = DatabaseFile::Claim(options.path);
  if (!file.ok()) return file.status();
  absl::StatusOr<std::unique_ptr<Connection>> writer = OpenWriter(options.path, clock.Now());
  if (IsDamage(writer.status())) {
    const absl::StatusOr<std::string> aside = SetAside(options.path, clock.Now());
    if (!aside.ok()) return aside.status();
    LogError(absl::StrCat("the history is damaged and set aside as ", *aside,
                          "; a new one is begun. ", BeforeAdvice(writer.status())));
    writer = OpenWriter(options.path, clock.Now());
  }
  if (!writer.ok()) return writer.status();
  absl::StatusOr<std::unique_ptr<Connection>> reader =
      Connection::Open(options.path, Access::kReader);
  if (!reader.ok()) return reader.status();
  absl::StatusOr<std::unique_ptr<Connection>> outbox_reader =
      Connection::Open(options.path, Access::kReader);
  if (!outbox_reader.ok()) return outbox_reader.status();
  return std::make_unique<SqliteStore>(options, clock, *std::move(file), *std::move(writer),
                                       *std::move(reader), *std::move(outbox_reader),
                                       Rescue::Open(options.path + ".told"));
}

}  // namespace faultline::store
