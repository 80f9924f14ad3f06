#include "collector/store/writer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collector/store/damage.h"
#include "common/log.h"

namespace faultline::store {
namespace {

constexpr Span kFirstBackoff = Span::Millis(50);
constexpr Span kLongestBackoff = Span::Seconds(1);
constexpr Span kLastTries = Span::Seconds(2);

std::chrono::nanoseconds Chrono(Span span) {
  return std::chrono::nanoseconds(std::max<int64_t>(span.ns, 0));
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, const Clock& clock, Retention retention)
    : clock_(clock),
      path_(retention.path),
      connection_(std::move(connection)),
      maintenance_(*connection_, std::move(retention)),
      idle_since_(clock.Mono()),
      thread_([this] { Run(); }) {}

Writer::~Writer() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    give_up_at_ = clock_.Mono() + kLastTries;
  }
  changed_.notify_all();
  thread_.join();
}

void Writer::Queue(Operation operation) {
  {
    MutexLock lock(mutex_);
    queue_.push_back(std::move(operation));
  }
  changed_.notify_all();
}

WallTime Writer::failing_since() const {
  MutexLock lock(mutex_);
  return failing_since_;
}

std::string Writer::last_error() const {
  MutexLock lock(mutex_);
  return std::string(failure_.message());
}

absl::Status Writer::failure() const {
  MutexLock lock(mutex_);
  return failure_;
}

void Writer::Run() {
  for (;;) {
    std::vector<Operation> batch = Take();
    if (batch.empty()) return;
    CommitAll(std::move(batch));
    idle_since_ = clock_.Mono();
    // A checkpoint that fails is tried again in an idle moment; its error shows in the next commit.
    if (maintenance_.urgent(idle_since_)) (void)maintenance_.Step(idle_since_, clock_.Now());
  }
}

std::vector<Operation> Writer::Take() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      const Span idle = maintenance_.DueAt(idle_since_) - clock_.Mono();
      const bool woken =
          lock.WaitFor(changed_, Chrono(idle), [this] { return stopping_ || !queue_.empty(); });
      if (woken) return std::exchange(queue_, {});
    }
    // Nothing rests on a step of maintenance: whatever ails the database, the next commit says it.
    (void)maintenance_.Step(clock_.Mono(), clock_.Now());
  }
}

void Writer::CommitAll(std::vector<Operation> batch) {
  for (Span backoff = kFirstBackoff;; backoff = std::min(Span{backoff.ns * 2}, kLongestBackoff)) {
    const absl::Status status = TryCommit(batch);
    NoteResult(status);
    if (status.ok()) {
      for (Operation& operation : batch) {
        if (operation.finished) operation.finished();
      }
      return;
    }
    for (Operation& operation : batch) {
      if (operation.failed) std::exchange(operation.failed, nullptr)();
    }
    if (GiveUp()) return;
    MutexLock lock(mutex_);
    // What has something to do at a failure is not kept waiting for it. The predicate also ends the
    // wait when the end has come.
    lock.WaitFor(changed_, Chrono(backoff), [this] {
      return std::any_of(queue_.begin(), queue_.end(),
                         [](const Operation& operation) { return operation.failed != nullptr; });
    });
    std::move(queue_.begin(), queue_.end(), std::back_inserter(batch));
    queue_.clear();
  }
}

absl::Status Writer::TryCommit(const std::vector<Operation>& batch) {
  absl::Status status = connection_->Execute("BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  for (const Operation& operation : batch) {
    status = operation.write(*connection_);
    if (!status.ok()) break;
  }
  if (status.ok()) status = connection_->Execute("COMMIT");
  // After some errors SQLite has rolled back by itself; then this one fails, and that is well.
  if (!status.ok()) (void)connection_->Execute("ROLLBACK");
  return status;
}

void Writer::NoteResult(const absl::Status& status) {
  const WallTime now = clock_.Now();
  const MonoTime mono = clock_.Mono();
  std::optional<Span> failed_for;
  bool begins = false;
  {
    MutexLock lock(mutex_);
    if (status.ok() && failing_since_.ns != 0) failed_for = mono - failing_from_;
    begins = !status.ok() && failing_since_.ns == 0;
    if (status.ok()) failing_since_ = {};
    if (begins) failing_since_ = now;
    if (begins) failing_from_ = mono;
    failure_ = status;
  }
  if (absl::IsDataLoss(status)) NoteDamage(path_);
  if (begins) {
    LogError(absl::StrCat("the history cannot be written: ", status.message(),
                          ". Until it can, acknowledgements are withheld and messages go out from "
                          "memory"));
  }
  if (failed_for.has_value()) {
    LogNotice(absl::StrCat("the history is written again, after ", FormatSpan(*failed_for)));
  }
}

bool Writer::GiveUp() const {
  const MonoTime now = clock_.Mono();
  MutexLock lock(mutex_);
  return stopping_ && now >= give_up_at_;
}

}  // namespace faultline::store
