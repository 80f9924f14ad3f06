#include "agent/checks/firewall_watch.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
constexpr Span kListingDeadline = Span::Seconds(15);
constexpr size_t kMaxListingBytes = 8 << 20;
// What the loop reads by itself: some hundred rules, under a millisecond.
constexpr size_t kSmall = 64 << 10;

constexpr char kRight[] =
    "; give the agent CAP_NET_ADMIN: AmbientCapabilities=CAP_NET_ADMIN and "
    "CapabilityBoundingSet=CAP_NET_ADMIN in a drop-in (systemctl edit faultline-agent)";

bool UsesIpv6() {
  const std::vector<std::string> own = host::HostAddresses();
  return std::any_of(own.begin(), own.end(), [](const std::string& address) {
    return address.find(':') != std::string::npos;
  });
}

// "db.internal:3306 (10.0.2.10)": which addresses a name stood for.
std::string WordsOf(const FirewallTarget& target, const std::string& text) {
  std::vector<std::string> addresses;
  for (const host::IpAddress& remote : target.remotes) addresses.push_back(remote.ToString());
  if (addresses.empty() || (addresses.size() == 1 && addresses[0] == target.host)) return text;
  return absl::StrCat(text, " (", absl::StrJoin(addresses, ", "), ")");
}

}  // namespace

FirewallWatch::FirewallWatch(FirewallOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      self_(std::make_shared<FirewallWatch*>(this)) {}

void FirewallWatch::Start() {
  if (!options_.target.outgoing()) return Look();
  address_.emplace(
      context_.loop, options_.target.host,
      [this](const host::IpAddress& address) {
        context_.sink.Resolved(address.ToString(), options_.target.port);
      },
      [this] { Look(); },
      [this] {
        if (!asked_.remotes.empty()) Look();  // the first look is news
      });
  address_->Start();
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
  serving_.swap(waiting_);
  const FirewallTarget target = Target();
  if (target.outgoing() && target.remotes.empty()) {
    const bool failed = address_.has_value() && address_->failure().has_value();
    return Finish(failed ? CouldNotLook("DNS_FAILED", *address_->failure())
                         : CouldNotLook("RESOLVING", "still resolving " + target.host));
  }
  const absl::StatusOr<host::NftablesState> state = host::ReadNftablesState();
  if (!state.ok()) return ReportFailure(state.status());
  has_legacy_ = host::HasLegacyTables();
  if (last_.has_value() && read_generation_ == state->generation && !suspicious_ && !has_legacy_ &&
      asked_.remotes == target.remotes) {
    return Finish(*last_);
  }
  under_way_ = true;
  reading_generation_ = state->generation;
  reading_ = host::ReadRuleset(
      context_.loop,
      {.has_nftables = state->has_tables,
       .deadline = kListingDeadline,
       .max_bytes = kMaxListingBytes},
      [this](absl::StatusOr<host::RulesetTexts> texts) { OnTexts(std::move(texts)); });
}

void FirewallWatch::OnTexts(absl::StatusOr<host::RulesetTexts> texts) {
  if (!texts.ok()) return ReportFailure(texts.status());
  took_ = texts->took;
  Survey(*std::move(texts));
}

// What of a name this host would not use is no matter: IPv6 addresses where it has none itself.
FirewallTarget FirewallWatch::Target() const {
  FirewallTarget target = options_.target;
  if (address_.has_value()) target.remotes = address_->addresses();
  const auto is_ipv4 = [](const host::IpAddress& each) { return each.family == AF_INET; };
  if (std::any_of(target.remotes.begin(), target.remotes.end(), is_ipv4) && !UsesIpv6()) {
    std::erase_if(target.remotes, [&](const host::IpAddress& each) { return !is_ipv4(each); });
  }
  return target;
}

FirewallQuestion FirewallWatch::Question() const {
  FirewallQuestion question;
  question.target = asked_;
  question.clients = options_.clients;
  question.interfaces = host::ClientInterfaces();
  for (const std::string& text : host::HostAddresses()) {
    if (auto address = host::ParseIpAddress(text)) question.own_addresses.push_back(*address);
  }
  return question;
}

void FirewallWatch::Survey(host::RulesetTexts texts) {
  asked_ = Target();
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
  around.target = asked_;
  around.target_text = WordsOf(asked_, options_.target_text);
  around.clients_configured = !options_.clients.empty();
  around.changed_by = changed_by_;
  around.now = context_.clock.Now();
  around.uses_ipv6 = UsesIpv6();
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
