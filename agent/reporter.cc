#include "agent/reporter.h"

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checks/registry.h"
#include "agent/spool_words.h"
#include "agent/wire.h"
#include "common/log.h"

namespace faultline::agent {
namespace {

using checks::Observation;
namespace v1 = faultline::v1;

// Gauges are for graphs, not for alerts: they may wait.
constexpr Span kGaugeInterval = Span::Seconds(10);
constexpr Span kTellTroubleAgain = Span::Seconds(300);
constexpr Span kSpoolInterval = Span::Seconds(1);
constexpr Span kMaxLookDeadline = Span::Seconds(30);

uint64_t BoottimeNs() {
  timespec ts{};
  clock_gettime(CLOCK_BOOTTIME, &ts);
  return static_cast<uint64_t>(ts.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(ts.tv_nsec);
}

bool IsTransition(const Observation& before, const Observation& after) {
  return before.state != after.state || before.reason != after.reason;
}

}  // namespace

// One check with what it said last.
class Reporter::Entry : public checks::CheckSink {
 public:
  Entry(Reporter& reporter, const config::CheckConfig& config, uint32_t number)
      : reporter_(reporter), config_(config), number_(number) {
    // None for what the agent says of itself.
    const checks::CheckKind* const kind = checks::FindCheckKind(config.id.kind);
    declaration_.set_number(number);
    declaration_.set_kind(config.id.kind);
    declaration_.set_target(config.id.target);
    declaration_.set_name(config.id.name);
    declaration_.set_subject(config.subject);
    declaration_.set_interval_ns((kind ? checks::IntervalOf(config, *kind) : *config.interval).ns);
    if (kind == nullptr) return;
    check_ = kind->make(config, {.loop = reporter.parts_.loop,
                                 .workers = reporter.parts_.workers,
                                 .systemd = reporter.parts_.systemd,
                                 .clock = reporter.parts_.clock,
                                 .sink = *this,
                                 .state_dir = reporter.parts_.state_dir});
  }

  checks::Check* check() { return check_.get(); }
  void Stop() { check_.reset(); }
  uint32_t number() const { return number_; }

  // Under the reporter's mutex.
  const v1::CheckDeclaration& declaration() const { return declaration_; }
  bool seen() const { return seen_; }
  const Observation& last() const { return last_; }
  uint64_t last_seq() const { return last_seq_; }
  bool TakeGaugesChanged() { return std::exchange(gauges_changed_, false); }

  void Report(Observation observation) override {
    if (observation.observed.ns == 0) observation.observed = reporter_.parts_.clock.Now();
    if (observation.boottime_ns == 0) observation.boottime_ns = BoottimeNs();
    if (observation.state == State::kOk) observation.reason.clear();
    bool transition = false;
    {
      MutexLock lock(reporter_.mutex_);
      transition = !seen_ || IsTransition(last_, observation);
      if (transition) {
        if (observation.since.ns == 0) observation.since = observation.observed;
        last_seq_ = reporter_.parts_.spool.Append(
            v1::STREAM_TRANSITIONS,
            TransitionRecord(config_.id, observation, reporter_.parts_.boot_id));
      } else {
        observation.since = last_.since;
        gauges_changed_ = gauges_changed_ || !observation.gauges.empty();
      }
      seen_ = true;
      last_ = std::move(observation);
    }
    if (transition && reporter_.link_ != nullptr) reporter_.link_->Wake();
  }

  void ReportLogEvent(checks::LogEventSeen event) override {
    reporter_.parts_.spool.Append(v1::STREAM_LOG_EVENTS,
                                  LogEventRecord(config_.id, event, BoottimeNs()));
    if (reporter_.link_ != nullptr) reporter_.link_->Wake();
  }

  void Resolved(const std::string& address, int port) override {
    Redeclare([&] {
      const bool changed = declaration_.remote_address() != address ||
                           declaration_.remote_port() != static_cast<uint32_t>(port);
      declaration_.set_remote_address(address);
      declaration_.set_remote_port(static_cast<uint32_t>(port));
      return changed;
    });
  }

  void ResolvedUnit(const std::string& unit) override {
    Redeclare([&] {
      const bool changed = declaration_.unit() != unit;
      declaration_.set_unit(unit);
      return changed;
    });
  }

 private:
  template <typename Change>
  void Redeclare(Change change) {
    v1::CheckDeclarations declarations;
    {
      MutexLock lock(reporter_.mutex_);
      if (!change()) return;
      *declarations.add_checks() = declaration_;
    }
    if (reporter_.link_ != nullptr) reporter_.link_->SendDeclarations(std::move(declarations));
  }

  Reporter& reporter_;
  const config::CheckConfig config_;
  const uint32_t number_;
  v1::CheckDeclaration declaration_;
  bool seen_ = false;
  bool gauges_changed_ = false;
  Observation last_;
  uint64_t last_seq_ = 0;
  std::unique_ptr<checks::Check> check_;
};

// One request to look now, under way.
struct Reporter::LookInProgress {
  v1::LookResult result;
  std::vector<uint32_t> waiting;
  std::unique_ptr<host::LoopSource> deadline;
  bool finished = false;
};

Reporter::Reporter(const Parts& parts, const std::vector<config::CheckConfig>& checks)
    : parts_(parts) {
  uint32_t number = 0;
  for (const config::CheckConfig& check : checks) {
    entries_.push_back(std::make_unique<Entry>(*this, check, ++number));
  }
}

Reporter::~Reporter() { StopChecks(); }

void Reporter::Start(link::Link* link) {
  link_ = link;
  for (const auto& entry : entries_) entry->check()->Start();
  spool_timer_ = parts_.loop.Every(Span{}, kSpoolInterval, [this] { WatchSpool(); });
  gauge_timer_ = parts_.loop.Every(kGaugeInterval, kGaugeInterval, [this] { SendGauges(); });
}

// Nothing is said of a spool that has always been well.
void Reporter::WatchSpool() {
  Observation seen = JudgeSpool(parts_.spool.health(), parts_.spool.stats());
  if (spool_entry_ == nullptr && seen.state == State::kOk) return;
  const bool is_new = spool_entry_ == nullptr;
  if (is_new) {
    auto entry = std::make_unique<Entry>(
        *this, config::CheckConfig{.id = {"spool", "agent"}, .interval = kSpoolInterval},
        static_cast<uint32_t>(entries_.size() + 1));
    spool_entry_ = entry.get();
    v1::CheckDeclarations declarations;
    *declarations.add_checks() = entry->declaration();
    {
      MutexLock lock(mutex_);
      entries_.push_back(std::move(entry));
    }
    if (link_ != nullptr) link_->SendDeclarations(std::move(declarations));
  }
  if (is_new || spool_entry_->last().reason != seen.reason) {
    LogWarning(absl::StrCat("spool: ", seen.detail));
  }
  spool_entry_->Report(std::move(seen));
}

void Reporter::StopChecks() {
  gauge_timer_.reset();
  spool_timer_.reset();
  for (const auto& look : looks_) {
    look->finished = true;
    look->deadline.reset();
  }
  looks_.clear();
  for (const auto& entry : entries_) entry->Stop();
  link_ = nullptr;
}

void Reporter::TakeSnapshot(v1::CheckDeclarations* declarations, v1::Snapshot* snapshot) {
  MutexLock lock(mutex_);
  for (const auto& entry : entries_) {
    *declarations->add_checks() = entry->declaration();
    if (!entry->seen()) continue;
    v1::CheckStatus& status = *snapshot->add_checks();
    *status.mutable_observation() = ToWire(entry->last(), entry->number());
    status.set_last_seq(entry->last_seq());
  }
  for (const v1::Stream stream : {v1::STREAM_TRANSITIONS, v1::STREAM_LOG_EVENTS}) {
    v1::StreamPosition& position = *snapshot->add_positions();
    position.set_stream(stream);
    position.set_seq(parts_.spool.last_seq(stream));
  }
}

void Reporter::OnLookNow(const v1::LookNow& ask) {
  parts_.loop.Post([this, ask] { Look(ask); });
}

void Reporter::OnLinkState(bool connected, const std::string& why) {
  if (connected) {
    LogInfo(link_trouble_.empty() ? "connected to the collector"
                                  : "connected to the collector again");
    link_trouble_.clear();
    return;
  }
  // Each attempt fails in the same words: once in a while is enough to know that it goes on.
  const MonoTime now = parts_.clock.Mono();
  if (why == link_trouble_ && now < link_trouble_told_ + kTellTroubleAgain) return;
  link_trouble_ = why;
  link_trouble_told_ = now;
  LogWarning(absl::StrCat("not connected to the collector: ", why,
                          ". What is seen meanwhile is kept and sent later"));
}

void Reporter::Look(const v1::LookNow& ask) {
  if (link_ == nullptr) return;
  auto look = std::make_shared<LookInProgress>();
  look->result.set_request(ask.request());
  const std::set<uint32_t> wanted(ask.checks().begin(), ask.checks().end());
  for (const uint32_t number : wanted) {
    if (number >= 1 && number <= entries_.size()) look->waiting.push_back(number);
  }
  if (ask.checks().empty()) {
    for (const auto& entry : entries_) look->waiting.push_back(entry->number());
  }
  const Span deadline{std::clamp<int64_t>(ask.deadline_ns(), 0, kMaxLookDeadline.ns)};
  look->deadline = parts_.loop.After(deadline, [this, look] { FinishLook(look); });
  looks_.push_back(look);
  const std::vector<uint32_t> asked = look->waiting;
  if (asked.empty()) return FinishLook(look);
  for (const uint32_t number : asked) {
    Entry* entry = entries_[number - 1].get();
    const auto answer = [this, look, entry] {
      if (look->finished) return;
      {
        MutexLock lock(mutex_);
        if (entry->seen()) {
          *look->result.add_observations() = ToWire(entry->last(), entry->number());
        }
      }
      std::erase(look->waiting, entry->number());
      if (look->waiting.empty()) FinishLook(look);
    };
    entry->check() != nullptr ? entry->check()->LookNow(answer) : answer();
  }
}

void Reporter::FinishLook(const std::shared_ptr<LookInProgress>& finished) {
  const std::shared_ptr<LookInProgress> look = finished;  // may die with its own timer
  if (look->finished) return;
  look->finished = true;
  for (const uint32_t number : look->waiting) look->result.add_unanswered(number);
  std::erase(looks_, look);
  // Not reset here: this may be the timer's own callback, which holds `look` itself.
  parts_.loop.Post([look] { look->deadline.reset(); });
  if (link_ != nullptr) link_->SendLookResult(look->result);
}

void Reporter::SendGauges() {
  v1::Gauges gauges;
  {
    MutexLock lock(mutex_);
    for (const auto& entry : entries_) {
      if (!entry->TakeGaugesChanged()) continue;
      *gauges.add_observations() = ToWire(entry->last(), entry->number());
    }
  }
  if (gauges.observations_size() > 0 && link_ != nullptr) link_->SendGauges(std::move(gauges));
}

}  // namespace faultline::agent
