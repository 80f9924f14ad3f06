#include "agent/reporter.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/reporter_entry.h"
#include "agent/spool_words.h"
#include "agent/wire.h"
#include "common/log.h"

namespace faultline::agent {
namespace {

namespace v1 = faultline::v1;

// Gauges are for graphs, not for alerts: they may wait.
constexpr Span kGaugeInterval = Span::Seconds(10);
// Evidence that came after its transition: a person may be reading the incident.
constexpr Span kNewEvidenceWaits = Span::Millis(100);
constexpr Span kTellTroubleAgain = Span::Seconds(300);
constexpr Span kSpoolInterval = Span::Seconds(1);
constexpr Span kIdentityInterval = Span::Seconds(3600);
constexpr Span kMaxLookDeadline = Span::Seconds(30);

}  // namespace

Reporter::Reporter(const Parts& parts, const std::vector<config::CheckConfig>& checks,
                   const std::vector<config::AbsentCheck>& absent)
    : parts_(parts), absent_(ToWire(absent)) {
  for (const config::CheckConfig& check : checks) Add(check);
}

Reporter::~Reporter() { StopChecks(); }

std::shared_ptr<Reporter::Entry> Reporter::Add(const config::CheckConfig& check) {
  auto entry = std::make_shared<Entry>(*this, check, ++last_number_);
  MutexLock lock(mutex_);
  entries_[entry->number()] = entry;
  return entry;
}

void Reporter::Start(link::Link* link) {
  link_ = link;
  for (const auto& [number, entry] : entries_) entry->check()->Start();
  spool_timer_ = parts_.loop.Every(Span{}, kSpoolInterval, [this] { WatchSpool(); });
  gauge_timer_ = parts_.loop.Every(kGaugeInterval, kGaugeInterval, [this] { SendGauges(); });
}

// Nothing is said of a spool that has always been well.
void Reporter::WatchSpool() {
  checks::Observation seen = JudgeSpool(parts_.spool.health(), parts_.spool.stats());
  if (spool_entry_ == nullptr && seen.state == State::kOk) return;
  if (spool_entry_ == nullptr || spool_entry_->last().reason != seen.reason) {
    LogWarning(absl::StrCat("spool: ", seen.detail));
  }
  ReportOwn({"spool", "agent"}, kSpoolInterval, std::move(seen), spool_entry_);
}

void Reporter::ReportOwn(const CheckId& id, Span interval, checks::Observation seen,
                         std::shared_ptr<Entry>& entry) {
  if (entry == nullptr) {
    entry = Add({.id = id, .interval = interval});
    v1::CheckDeclarations declarations;
    *declarations.add_checks() = entry->declaration();
    SendDeclarations(std::move(declarations));
  }
  entry->Report(std::move(seen));
}

void Reporter::ReportJoining(const link::JoinState& state) {
  join_trouble_ = state.reason;
  if (state.joined && (identity_entry_ != nullptr || !state.reason.empty())) {
    checks::Observation seen;
    seen.state = state.reason.empty() ? State::kOk : State::kWarning;
    seen.reason = state.reason;
    seen.detail = state.detail;
    ReportOwn({"identity", "agent"}, kIdentityInterval, std::move(seen), identity_entry_);
  }
  if (parts_.on_change) parts_.on_change();
}

void Reporter::OnRefused() {
  if (parts_.on_refused) parts_.on_refused();
}

void Reporter::StopChecks() {
  gauge_timer_.reset();
  gauges_soon_.reset();
  spool_timer_.reset();
  for (const auto& look : looks_) {
    look->finished = true;
    look->deadline.reset();
  }
  looks_.clear();
  for (const auto& [number, entry] : entries_) entry->Stop();
  link_ = nullptr;
}

void Reporter::TakeSnapshot(v1::CheckDeclarations* declarations, v1::Snapshot* snapshot) {
  MutexLock lock(mutex_);
  *declarations->mutable_absent() = absent_;
  for (const auto& [number, entry] : entries_) {
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

void Reporter::OnProbeHost(const v1::ProbeHost& ask) {
  if (!parts_.on_probe_host) return;
  parts_.loop.Post([this, ask] { parts_.on_probe_host(ask); });
}

void Reporter::OnLinkState(bool connected, const std::string& why) {
  if (connected_.exchange(connected) != connected && parts_.on_change) {
    parts_.loop.Post([this] { parts_.on_change(); });
  }
  if (connected) {
    if (parts_.on_welcomed) parts_.on_welcomed();
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
    if (entries_.contains(number)) look->waiting.push_back(number);
  }
  if (ask.checks().empty()) {
    for (const auto& [number, entry] : entries_) look->waiting.push_back(number);
  }
  const Span deadline{std::clamp<int64_t>(ask.deadline_ns(), 0, kMaxLookDeadline.ns)};
  // The timer is the look's own: it must not keep it alive.
  look->deadline = parts_.loop.After(deadline, [this, weak = std::weak_ptr<LookInProgress>(look)] {
    if (const auto late = weak.lock(); late != nullptr) FinishLook(late);
  });
  looks_.push_back(look);
  const std::vector<uint32_t> asked = look->waiting;
  if (asked.empty()) return FinishLook(look);
  for (const uint32_t number : asked) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) continue;
    // A reload may take the check away while it looks.
    const auto answer = [this, look, weak = std::weak_ptr<Entry>(found->second)] {
      const std::shared_ptr<Entry> entry = weak.lock();
      if (look->finished || entry == nullptr) return;
      {
        MutexLock lock(mutex_);
        if (entry->seen()) {
          *look->result.add_observations() = ToWire(entry->last(), entry->number());
        }
      }
      std::erase(look->waiting, entry->number());
      if (look->waiting.empty()) FinishLook(look);
    };
    if (found->second->is_own()) {
      answer();
      continue;
    }
    if (ask.for_person()) found->second->check()->OnPersonAsks();
    found->second->check()->LookNow(answer);
  }
}

void Reporter::FinishLook(const std::shared_ptr<LookInProgress>& finished) {
  // May die with its own timer.
  const std::shared_ptr<LookInProgress> look = finished;  // NOLINT: the copy is the point
  if (look->finished) return;
  look->finished = true;
  for (const uint32_t number : look->waiting) look->result.add_unanswered(number);
  std::erase(looks_, look);
  look->deadline.reset();
  if (link_ != nullptr) link_->SendLookResult(look->result);
}

void Reporter::SendGaugesSoon() {
  if (link_ == nullptr || gauges_soon_ != nullptr) return;
  gauges_soon_ = parts_.loop.After(kNewEvidenceWaits, [this] {
    gauges_soon_.reset();
    SendGauges();
  });
}

void Reporter::SendGauges() {
  v1::Gauges gauges;
  {
    MutexLock lock(mutex_);
    for (const auto& [number, entry] : entries_) {
      if (!entry->TakeGaugesChanged()) continue;
      *gauges.add_observations() = ToWire(entry->last(), entry->number());
    }
  }
  if (gauges.observations_size() > 0 && link_ != nullptr) link_->SendGauges(std::move(gauges));
}

}  // namespace faultline::agent
