#include "agent/checks/log_window.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/moment_words.h"
#include "common/text.h"

namespace faultline::checks {
namespace {

constexpr size_t kMaxRemembered = 1000;
constexpr size_t kMaxLineQuoted = 300;
constexpr uint64_t kOther = 1;  // the fingerprint of what is not told apart

}  // namespace

bool LogAggregate::Add(uint64_t fingerprint, const std::string& masked, const std::string& pattern,
                       WallTime at) {
  if (events_.size() >= kMaxFingerprints && !index_.contains(fingerprint)) return false;
  Put(fingerprint, masked, pattern, at);
  return true;
}

void LogAggregate::AddOther(const std::string& masked, WallTime at) {
  Put(kOther, absl::StrCat("(one of many kinds of error lines) ", masked), "various", at);
}

void LogAggregate::Put(uint64_t fingerprint, const std::string& sample, const std::string& pattern,
                       WallTime at) {
  const auto known = index_.find(fingerprint);
  if (known != index_.end()) {
    LogEventSeen& event = events_[known->second];
    ++event.count;
    event.first = std::min(event.first, at);
    event.last = std::max(event.last, at);
    return;
  }
  index_[fingerprint] = events_.size();
  events_.push_back({.fingerprint = fingerprint,
                     .sample = CleanText(sample, kMaxSample),
                     .pattern = pattern,
                     .count = 1,
                     .first = at,
                     .last = at});
}

std::vector<LogEventSeen> LogAggregate::Take() {
  index_.clear();
  return std::exchange(events_, {});
}

void LogJudge::OnError(WallTime at, WallTime now, const std::string& masked) {
  if (now - at >= quiet_) return;
  // A clock that was set back leaves lines in the future: they would count for too long.
  at = std::min(at, now);
  if (now < clock_seen_) {
    for (WallTime& earlier : errors_) earlier = std::min(earlier, now);
    last_burst_ = std::min(last_burst_, now);
    last_gap_ = std::min(last_gap_, now);
    newest_.at = std::min(newest_.at, now);
    since_ = std::min(since_, now);
  }
  clock_seen_ = now;
  Quote({.text = CleanText(masked, kMaxLineQuoted), .at = at}, now);
  errors_.push_back(at);
  if (errors_.size() > kMaxRemembered) errors_.pop_front();
  if (errors_.size() >= kBurstLines && at - errors_[errors_.size() - kBurstLines] <= kBurstSpan) {
    last_burst_ = at;
  }
}

void LogJudge::Quote(Fact line, WallTime now) {
  if (lines_ == 0 || now - newest_.at >= quiet_) {
    since_ = line.at;
    lines_ = 0;
    anew_ = true;
  }
  ++lines_;
  if (std::exchange(anew_, false)) first_ = line;
  newest_ = std::move(line);
}

void LogJudge::OnGap(const std::string& why, WallTime now) {
  last_gap_ = now;
  gap_ = why;
}

size_t LogJudge::CountSince(WallTime since) const {
  return static_cast<size_t>(
      std::count_if(errors_.begin(), errors_.end(), [&](WallTime at) { return at > since; }));
}

Observation LogJudge::Judge(const std::string& name, WallTime now) const {
  const WallTime since = now - quiet_;
  const size_t count = CountSince(since);
  Observation out;
  out.gauges.push_back({"log_error_lines", static_cast<double>(count)});
  if (count > 0) {
    const bool burst = last_burst_ > since;
    out.state = State::kWarning;
    out.reason = burst ? "ERROR_BURST" : "ERROR_SEEN";
    out.detail = absl::StrCat(name, ": ", lines_, lines_ == 1 ? " error line" : " error lines",
                              " since ", MomentWords(since_, now));
    out.evidence.push_back(first_);
    if (newest_.text != first_.text) out.evidence.push_back(newest_);
    return out;
  }
  if (last_gap_ > since) {
    out.state = State::kWarning;
    out.reason = "LOG_GAP";
    out.detail = absl::StrCat(name, ": lines may be missing; ", gap_);
    return out;
  }
  out.state = State::kOk;
  out.detail = absl::StrCat(name, ": no error lines in the last ", FormatSpan(quiet_));
  return out;
}

WallTime LogJudge::NextChange(WallTime now) const {
  WallTime next;
  const auto consider = [&](WallTime begun) {
    if (begun.ns == 0 || begun + quiet_ <= now) return;
    if (next.ns == 0 || begun + quiet_ < next) next = begun + quiet_;
  };
  // Journals of several units are not in the order of their times.
  if (!errors_.empty()) consider(*std::max_element(errors_.begin(), errors_.end()));
  consider(last_burst_);
  consider(last_gap_);
  return next;
}

}  // namespace faultline::checks
