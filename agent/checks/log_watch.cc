#include "agent/checks/log_watch.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/log_fingerprint.h"
#include "agent/checks/log_mask.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

constexpr Span kTellEvery = Span::Seconds(1);

}  // namespace

LogWatch::LogWatch(LogOptions options, std::unique_ptr<LogPatterns> patterns,
                   const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      patterns_(std::move(patterns)),
      judge_(options_.quiet) {}

void LogWatch::Start() {
  if (options_.target[0] == '/') {
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
  Tell();
  done();
}

void LogWatch::OnLine(const host::LogLine& line) {
  const std::string_view pattern = patterns_->Match(line.text, line.priority);
  if (pattern.empty()) return;
  const std::string masked = MaskSecrets(line.text);
  const uint64_t fingerprint = Fingerprint(masked);
  if (!aggregate_.Add(fingerprint, masked, std::string(pattern), line.at)) {
    SendEvents();
    aggregate_.Add(fingerprint, masked, std::string(pattern), line.at);
  }
  judge_.OnError(line.at, context_.clock.Now(), masked);
  // The first line is told when its batch is read, what follows once a second.
  if (tell_timer_ != nullptr) return;
  news_ = true;
  tell_timer_ = context_.loop.After(kTellEvery, [this] {
    tell_timer_.reset();
    SendEvents();
    Tell();
  });
}

void LogWatch::OnCaughtUp() {
  if (!unavailable_.ok()) news_ = true;
  unavailable_ = absl::OkStatus();
  if (news_) Tell();
}

void LogWatch::OnGap(const std::string& why, WallTime from, WallTime to) {
  judge_.OnGap(absl::StrCat(why, ", between ", FormatForPeople(from), " and ", FormatForPeople(to)),
               context_.clock.Now());
  news_ = true;
}

void LogWatch::OnUnavailable(const absl::Status& why) {
  unavailable_ = why;
  Tell();
}

void LogWatch::OnUnit(const host::UnitProperties& properties) {
  const bool not_found = properties.load_state == "not-found";
  if (not_found != unit_not_found_) {
    unit_not_found_ = not_found;
    Tell();
  }
  if (properties.id.empty() || properties.id == canonical_unit_) return;
  canonical_unit_ = properties.id;
  context_.sink.ResolvedUnit(canonical_unit_);
  if (canonical_unit_ != options_.target) journal_->SetUnits({options_.target, canonical_unit_});
}

void LogWatch::SendEvents() {
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
  Report(judge_.Judge(options_.target, now));
}

void LogWatch::Report(Observation observation) {
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
}

}  // namespace faultline::checks
