#include "agent/checks/unit_cause.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/checks/journal_again.h"
#include "agent/checks/log_mask.h"
#include "agent/checks/log_traceback.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

// What a unit said in a run of hours has little to do with its end.
constexpr Span kLongRun = Span::Seconds(120);
constexpr Span kEndOfLongRun = Span::Seconds(10);
constexpr Span kSpacing = Span::Seconds(2);
constexpr size_t kMaxQuoted = 300;

WallTime FromUsec(uint64_t usec) { return {static_cast<int64_t>(usec) * 1000}; }

Fact Quote(const std::string& line, WallTime at) {
  return {.text = absl::StrCat("its log: ", CleanText(MaskSecrets(line), kMaxQuoted)), .at = at};
}

// "mysql.service: Failed with result 'exit-code'.": no more than systemd told by its bus.
bool OnlySaysThatItFailed(const std::string& line) {
  return absl::StartsWith(line, "Failed to start ") ||
         absl::StrContains(line, "Failed with result ") ||
         absl::StrContains(line, "Main process exited") ||
         absl::StrContains(line, "Control process exited") ||
         absl::StrContains(line, "Start request repeated too quickly");
}

}  // namespace

std::optional<Fact> FirstErrorOf(const std::vector<host::UnitLogEntry>& entries,
                                 const LogPatterns& patterns) {
  TracebackJoiner joiner;
  std::optional<Fact> of_systemd;
  for (const host::UnitLogEntry& entry : entries) {
    int priority = entry.priority;  // of the message: its later lines have none
    const std::vector<std::string> lines = absl::StrSplit(entry.message, '\n', absl::SkipEmpty());
    for (const std::string& line : lines) {
      const int own = std::exchange(priority, -1);
      if (entry.by_systemd) {
        const bool error = own >= 0 && own <= 4 && !OnlySaysThatItFailed(line);
        if (error && !of_systemd.has_value()) of_systemd = Quote(line, entry.at);
        continue;
      }
      const TracebackJoiner::Part part = joiner.Add(line);
      if (part == TracebackJoiner::Part::kInside || patterns.IsIgnored(line)) continue;
      if (part == TracebackJoiner::Part::kEnd || !patterns.Match(line, own).empty()) {
        return Quote(line, entry.at);
      }
    }
  }
  return of_systemd;
}

WallTime FailureLogBegins(const host::UnitProperties& properties) {
  const WallTime end = FromUsec(properties.state_change_usec);
  WallTime begin;
  for (const uint64_t usec : {properties.inactive_exit_usec, properties.exec_main_start_usec}) {
    if (FromUsec(usec) <= end) begin = std::max(begin, FromUsec(usec));
  }
  return end - begin > kLongRun ? end - kEndOfLongRun : begin;
}

UnitCause::UnitCause(std::string unit, host::Loop& loop, host::WorkerPool& workers,
                     std::string journal, std::function<void()> on_news)
    : loop_(loop),
      workers_(workers),
      on_news_(std::move(on_news)),
      patterns_(LogPatterns::Compile({"default"}, {}, unit).value()) {
  query_.directory = std::move(journal);
}

void UnitCause::OnFailure(const host::UnitProperties& properties,
                          const std::vector<std::string>& names, MonoTime now) {
  if (properties.state_change_usec == 0 || properties.state_change_usec == failure_) return;
  if (fact_.has_value() && now - looked_at_ < kSpacing) return;
  failure_ = properties.state_change_usec;
  looked_at_ = now;
  fact_.reset();
  query_.units = names;
  query_.since = FailureLogBegins(properties);
  Read(0);
}

void UnitCause::Forget() {
  failure_ = 0;
  fact_.reset();
  again_.reset();
}

// Where the workers are all busy, or nothing is found, the failure is told all the same.
void UnitCause::Read(size_t times) {
  if (times < kJournalAgain.size()) {
    again_ = loop_.After(kJournalAgain[times], [this, times] { Read(times + 1); });
  } else {
    again_.reset();
  }
  workers_.Submit([this, query = query_, patterns = patterns_, failure = failure_, &loop = loop_,
                   alive = std::weak_ptr<bool>(alive_)] {
    const auto entries = host::ReadUnitLog(query);
    if (!entries.ok()) return;
    std::optional<Fact> fact = FirstErrorOf(*entries, *patterns);
    if (!fact.has_value()) return;
    loop.Post([this, failure, alive, fact = *std::move(fact)]() mutable {
      if (!alive.expired()) OnRead(failure, std::move(fact));
    });
  });
}

void UnitCause::OnRead(uint64_t failure, Fact fact) {
  if (failure != failure_) return;
  const bool news = !fact_.has_value() || fact_->text != fact.text;
  fact_ = std::move(fact);
  if (news) on_news_();
}

}  // namespace faultline::checks
