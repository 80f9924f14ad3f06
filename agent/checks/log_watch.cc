#include "agent/checks/log_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/log_fingerprint.h"
#include "agent/checks/log_mask.h"
#include "agent/checks/stamp.h"
#include "agent/checks/timestamp_gauge.h"

namespace faultline::checks {
namespace {

constexpr Span kTellEvery = Span::Seconds(1);
// How far the gauge of the newest line may be behind.
constexpr Span kTellLineEvery = Span::Seconds(30);
// A program writes its traceback at once.
constexpr Span kTracebackPatience = Span::Millis(500);
constexpr size_t kMaxMasked = 128;

}  // namespace

LogWatch::LogWatch(LogOptions options, std::unique_ptr<LogPatterns> patterns,
                   const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      patterns_(std::move(patterns)),
      joins_tracebacks_(!patterns_->Match("Traceback (most recent call last):", -1).empty()),
      judge_(options_.quiet) {}

void LogWatch::Start() {
  if (options_.target[0] == '/') {
    unit_answered_ = true;  // there is none to ask for
    source_ = host::MakeFileSource(context_.loop, context_.clock, options_.target,
                                   options_.position_file, *this);
  } else {
    host::JournalOptions journal_options;
    journal_options.units = {options_.target};
    journal_options.directory = options_.journal;
    journal_options.position_file = options_.position_file;
    auto journal =
        host::MakeJournalSource(context_.loop, context_.clock, std::move(journal_options), *this);
    journal_ = journal.get();
    source_ = std::move(journal);
    unit_watch_ = context_.systemd.Watch(options_.target, unit_name_);
  }
  source_->Start();
}

void LogWatch::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  Tell();
}

void LogWatch::OnLine(const host::LogLine& line) {
  newest_line_ = std::max(newest_line_, line.at);
  if (line_timer_ == nullptr) {
    line_timer_ = context_.loop.After(kTellLineEvery, [this] {
      line_timer_.reset();
      Tell();
    });
  }
  if (joins_tracebacks_) {
    const TracebackJoiner::Part part = joiner_.Add(line.text);
    if (part != TracebackJoiner::Part::kNone) {
      return OnTracebackLine(line, part == TracebackJoiner::Part::kEnd);
    }
  }
  const std::string_view pattern = patterns_->Match(line.text, line.priority);
  if (pattern.empty() && !held_.has_value()) return;  // most lines
  Held seen{.text = std::string(line.text), .pattern = std::string(pattern), .at = line.at};
  if (!joiner_.inside()) {
    TellHeld();
    if (!pattern.empty()) held_ = std::move(seen);
  } else if (!pattern.empty()) {  // another program's line between those of a traceback
    Count(seen);
  }
}

// What is held when a traceback begins, "ERROR in app: Exception on /", says less than its end.
void LogWatch::OnTracebackLine(const host::LogLine& line, bool is_end) {
  if (is_end && patterns_->IsIgnored(line.text)) {
    held_.reset();
  } else if (is_end) {
    const std::string pattern(patterns_->Match(line.text, -1));
    held_ = Held{.text = std::string(line.text),
                 .pattern = pattern.empty() ? "traceback" : pattern,
                 .at = line.at};
  } else if (!held_.has_value()) {
    held_ = Held{.text = std::string(line.text), .pattern = "traceback", .at = line.at};
  }
}

void LogWatch::TellHeld() {
  if (held_.has_value()) Count(*std::exchange(held_, std::nullopt));
}

void LogWatch::Count(const Held& held) {
  const Masked masked = Mask(held.text);
  if (!aggregate_.Add(masked.fingerprint, masked.text, held.pattern, held.at)) {
    // A second full set within a second is a flood that nobody reads line by line.
    if (sent_early_) {
      aggregate_.AddOther(masked.text, held.at);
    } else {
      SendEvents();
      sent_early_ = true;
      aggregate_.Add(masked.fingerprint, masked.text, held.pattern, held.at);
    }
  }
  judge_.OnError(held.at, context_.clock.Now(), masked.text);
  // The first line is told when its batch is read, what follows once a second.
  if (tell_timer_ != nullptr) return;
  news_ = true;
  tell_timer_ = context_.loop.After(kTellEvery, [this] {
    tell_timer_.reset();
    sent_early_ = false;
    SendEvents();
    Tell();
  });
}

const LogWatch::Masked& LogWatch::Mask(const std::string& text) {
  const uint64_t unmasked = Fingerprint(text);
  const auto known = masked_.find(unmasked);
  if (known != masked_.end()) return known->second;
  if (masked_.size() >= kMaxMasked) masked_.clear();
  std::string masked = MaskSecrets(text);
  const uint64_t fingerprint = Fingerprint(masked);
  return masked_[unmasked] = {.fingerprint = fingerprint, .text = std::move(masked)};
}

void LogWatch::OnCaughtUp() {
  if (!joiner_.inside()) {
    TellHeld();
  } else if (join_timer_ == nullptr) {
    join_timer_ = context_.loop.After(kTracebackPatience, [this] {
      join_timer_.reset();
      joiner_.Reset();
      TellHeld();
      if (news_) Tell();
    });
  }
  if (!unavailable_.ok()) news_ = true;
  unavailable_ = absl::OkStatus();
  caught_up_ = true;
  if (news_) Tell();
}

void LogWatch::OnGap(const std::string& why, WallTime from, WallTime to) {
  judge_.OnGap(absl::StrCat(why, ", between ", FormatForPeople(from), " and ", FormatForPeople(to)),
               context_.clock.Now());
  news_ = true;
}

void LogWatch::OnSaving() {
  TellHeld();
  SendEvents();
}

void LogWatch::OnUnavailable(const absl::Status& why) {
  unavailable_ = why;
  Tell();
}

void LogWatch::OnUnit(const host::UnitProperties& properties) {
  const bool not_found = properties.load_state == "not-found";
  if (not_found != unit_not_found_) news_ = true;
  unit_not_found_ = not_found;
  // A start that succeeded ends the failure before it, and one that begins is another.
  const bool starts =
      properties.active_state == "active" || properties.active_state == "activating";
  if (starts && properties.active_state != active_state_) judge_.OnNewRun();
  active_state_ = properties.active_state;
  if (!properties.id.empty() && properties.id != canonical_unit_) {
    canonical_unit_ = properties.id;
    context_.sink.ResolvedUnit(canonical_unit_);
    if (canonical_unit_ != options_.target) {
      journal_->SetUnits({options_.target, canonical_unit_});
      caught_up_ = false;
    }
  }
  OnUnitAnswered();
}

void LogWatch::OnUnitAnswered() {
  unit_answered_ = true;
  if (news_) Tell();
}

void LogWatch::SendEvents() {
  masked_.clear();
  for (LogEventSeen& event : aggregate_.Take()) context_.sink.ReportLogEvent(std::move(event));
}

void LogWatch::Tell() {
  news_ = false;
  if (!unavailable_.ok()) {
    const bool denied = absl::IsPermissionDenied(unavailable_);
    return Report(CouldNotLook(denied ? "RIGHT_MISSING" : "LOG_UNREADABLE",
                               std::string(unavailable_.message())));
  }
  if (unit_not_found_) {
    return Report(
        CouldNotLook("UNIT_NOT_FOUND", absl::StrCat("systemd knows no unit ", options_.target,
                                                    "; correct the target of this check")));
  }
  const WallTime now = context_.clock.Now();
  const WallTime next = judge_.NextChange(now);
  quiet_timer_.reset();
  if (next.ns != 0) {
    // A moment later, so that it has changed by then.
    quiet_timer_ = context_.loop.After(next + Span::Millis(1) - now, [this] { Tell(); });
  }
  Observation seen = judge_.Judge(options_.target, now);
  if (seen.state == State::kOk && !(unit_answered_ && caught_up_)) {
    news_ = true;
    return;
  }
  if (newest_line_.ns != 0) {
    seen.gauges.push_back(TimestampGauge("log_last_line_timestamp_seconds", newest_line_));
  }
  Report(std::move(seen));
}

void LogWatch::Report(Observation observation) {
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
