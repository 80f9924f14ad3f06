#include "agent/checks/firewall_watch.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/stamp.h"
#include "agent/host/client_interfaces.h"
#include "agent/host/host_facts.h"

namespace faultline::checks {
namespace {

// A script that sets a firewall up runs a command after the other, a few milliseconds apart, and
// may begin with a policy that drops: what is in between is nobody's outage.
constexpr Span kQuiet = Span::Millis(50);
constexpr Span kLongestUnrest = Span::Seconds(1);
// Readings take a fifth of the time at most while the ruleset keeps changing, a twentieth while
// counters are watched.
constexpr int64_t kPausePerChange = 4;
constexpr int64_t kPausePerCounter = 20;
constexpr Span kLongestPause = Span::Seconds(10);
constexpr Span kCountersWatchedFor = Span::Seconds(60);
// Legacy tables change without an event.
constexpr Span kLegacyInterval = Span::Seconds(10);
constexpr Span kDeadline = Span::Seconds(15);
constexpr size_t kMaxBytes = 8 << 20;
// What the loop reads by itself: some hundred rules, under a millisecond.
constexpr size_t kSmall = 64 << 10;

constexpr char kRight[] =
    "; give the agent CAP_NET_ADMIN: AmbientCapabilities=CAP_NET_ADMIN and "
    "CapabilityBoundingSet=CAP_NET_ADMIN in a drop-in (systemctl edit faultline-agent)";

}  // namespace

FirewallWatch::FirewallWatch(FirewallOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      self_(std::make_shared<FirewallWatch*>(this)) {}

void FirewallWatch::Start() {
  if (options_.target.remote.has_value()) {
    context_.sink.Resolved(options_.target.remote->ToString(), options_.target.port);
  }
  Look();
}

void FirewallWatch::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  Look();
}

// Before each reading while there is no watch: rights may have been given, a module loaded.
void FirewallWatch::Watch() {
  if (watch_ != nullptr) return;
  auto watch = host::WatchNftables(context_.loop, [this](const auto& change) { OnChange(change); });
  watch_error_ = watch.status();
  if (watch.ok()) watch_ = *std::move(watch);
}

void FirewallWatch::OnChange(const host::RulesetGeneration& change) {
  const MonoTime now = context_.clock.Mono();
  changed_ = context_.clock.Now();
  changed_by_ =
      change.process.empty() ? "" : absl::StrCat(change.process, " (pid ", change.pid, ")");
  if (quiet_ == nullptr) first_change_ = now;
  const Span left = first_change_ + kLongestUnrest - now;
  Span wait = std::max(std::min(kQuiet, left), Span{});
  // A large ruleset that changes all the time must not keep the host busy.
  const Span pause = std::min(Span{took_.ns * kPausePerChange}, kLongestPause);
  if (read_at_.ns != 0) wait = std::max(wait, read_at_ + pause - now);
  quiet_ = context_.loop.After(wait, [this] {
    quiet_.reset();
    Look();
  });
}

void FirewallWatch::Look() {
  if (under_way_) {
    again_ = true;
    return;
  }
  // Watch first, then read: what changes in between comes as an event.
  Watch();
  const absl::StatusOr<host::NftablesState> state = host::ReadNftablesState();
  serving_.swap(waiting_);
  if (!state.ok()) return ReportFailure(state.status());
  has_legacy_ = host::HasLegacyTables();
  if (last_.has_value() && read_generation_ == state->generation && !suspicious_ && !has_legacy_) {
    return Finish(*last_);
  }
  under_way_ = true;
  reading_generation_ = state->generation;
  reading_ = host::ReadRuleset(
      context_.loop,
      {.has_nftables = state->has_tables, .deadline = kDeadline, .max_bytes = kMaxBytes},
      [this](absl::StatusOr<host::RulesetTexts> texts) { OnTexts(std::move(texts)); });
}

void FirewallWatch::OnTexts(absl::StatusOr<host::RulesetTexts> texts) {
  if (!texts.ok()) return ReportFailure(texts.status());
  took_ = texts->took;
  Survey(*std::move(texts));
}

FirewallQuestion FirewallWatch::Question() const {
  FirewallQuestion question;
  question.target = options_.target;
  question.clients = options_.clients;
  question.interfaces = host::ClientInterfaces();
  for (const std::string& text : host::HostAddresses()) {
    if (auto address = host::ParseIpAddress(text)) question.own_addresses.push_back(*address);
  }
  return question;
}

void FirewallWatch::Survey(host::RulesetTexts texts) {
  FirewallTexts input{std::move(texts.nft), std::move(texts.legacy4), std::move(texts.legacy6)};
  const size_t size = input.nft.size() + input.legacy4.size() + input.legacy6.size();
  if (size <= kSmall && options_.clients.size() <= 4) {
    return OnSurvey(SurveyFirewall(input, Question()));
  }
  const std::weak_ptr<FirewallWatch*> self = self_;
  host::Loop& loop = context_.loop;
  const bool taken =
      context_.workers.Submit([self, &loop, input = std::move(input), question = Question()] {
        absl::StatusOr<FirewallSurvey> survey = SurveyFirewall(input, question);
        loop.Post([self, survey = std::move(survey)] {
          if (const auto alive = self.lock()) (*alive)->OnSurvey(survey);
        });
      });
  if (!taken) ReportFailure(absl::UnavailableError("the agent's workers are busy"));
}

void FirewallWatch::OnSurvey(const absl::StatusOr<FirewallSurvey>& survey) {
  if (!survey.ok()) return ReportFailure(survey.status());
  const MonoTime now = context_.clock.Mono();
  history_.Add(*survey, changed_, now);
  FirewallSurroundings around;
  around.target = options_.target;
  around.target_text = options_.target_text;
  around.clients_configured = !options_.clients.empty();
  around.changed_by = changed_by_;
  around.now = context_.clock.Now();
  for (const std::string& address : host::HostAddresses()) {
    if (address.find(':') != std::string::npos) around.uses_ipv6 = true;
  }
  FirewallJudgement judgement = JudgeFirewall(*survey, history_, around, now);
  read_generation_ = reading_generation_;
  if (judgement.suspicious && !suspicious_) suspicious_since_ = now;
  suspicious_ = judgement.suspicious;
  judgement.observation.gauges.push_back({"firewall_read_duration_seconds", took_.seconds()});
  last_ = std::move(judgement.observation);
  Finish(*last_);
}

void FirewallWatch::ReportFailure(const absl::Status& why) {
  read_generation_.reset();
  suspicious_ = false;
  const std::string text(why.message());
  if (absl::IsPermissionDenied(why)) {
    return Finish(CouldNotLook("RIGHT_MISSING",
                               absl::StrCat("may not read the packet filter: ", text, kRight)));
  }
  Finish(CouldNotLook("RULESET_UNREADABLE", text));
}

void FirewallWatch::Finish(Observation observation) {
  under_way_ = false;
  read_at_ = context_.clock.Mono();
  reading_.reset();
  ScheduleNext();
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> served;
  served.swap(serving_);
  for (const std::function<void()>& done : served) done();
  if (std::exchange(again_, false) || !waiting_.empty()) Look();
}

void FirewallWatch::ScheduleNext() {
  Span wait = options_.interval;
  if (has_legacy_) wait = std::min(wait, kLegacyInterval);
  const bool fresh = context_.clock.Mono() - suspicious_since_ < kCountersWatchedFor;
  if (suspicious_ && fresh) {
    wait = std::min(wait, std::max(options_.window, Span{took_.ns * kPausePerCounter}));
  }
  next_ = context_.loop.After(wait, [this] { Look(); });
}

}  // namespace faultline::checks
