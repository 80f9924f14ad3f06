#include "agent/checks/mysql_probe.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/checks/stamp.h"

namespace faultline::checks {
namespace {

constexpr Span kStatusEvery = Span::Seconds(10);

// The kept login ended: killed, idle for too long, or the server stops.
bool EndsSession(const host::MySqlFailure& failure) {
  if (failure.kind != host::MySqlFailureKind::kServerError) return true;
  return failure.number == 1053 || failure.number == 1927 || failure.number == 4031;
}

}  // namespace

MySqlProbe::MySqlProbe(MySqlOptions options, const CheckContext& context)
    : options_(std::move(options)),
      context_(context),
      numeric_(host::ParseIpAddress(options_.endpoint.host)),
      pacing_(options_.login_interval) {}

MySqlProbe::~MySqlProbe() {
  alive_.reset();
  Drop(&hung_socket_);
  RetireKept();
}

void MySqlProbe::Start() {
  interval_timer_ = context_.loop.Every(options_.interval, options_.interval, [this] { Look(); });
  if (!options_.password_file.empty()) {
    auto watch =
        host::WatchPath(context_.loop, options_.password_file, host::PathEvents::kReplacedOrWritten,
                        [this] { OnPasswordChanged(); });
    if (watch.ok()) password_watch_ = *std::move(watch);
  }
  if (!options_.login.socket_path.empty()) {
    Aim(options_.login.socket_path, options_.login.socket_path);
    Look();
  } else if (numeric_.has_value()) {
    address_ = *numeric_;
    Aim(host::FormatEndpoint(address_, options_.endpoint.port), address_.ToString());
    Look();
  } else {
    StartResolving();
  }
}

void MySqlProbe::LookNow(std::function<void()> done) {
  waiting_.push_back(std::move(done));
  asked_now_ = true;
  Look();
}

void MySqlProbe::Look() {
  if (under_way_) return;
  if (dns_failed_.has_value()) return Report(*dns_failed_);
  if (server_.empty()) {
    if (!waiting_.empty()) {
      Report(CouldNotLook("RESOLVING", absl::StrCat("still resolving ", options_.target)));
    }
    return;
  }
  const bool asked_now = std::exchange(asked_now_, false);
  const MySqlPacing::Asker asker = std::exchange(asker_, MySqlPacing::Asker::kCollector);
  const MonoTime now = context_.clock.Mono();
  // Also where its directory cannot be watched, and where only its rights were mended.
  const bool mended = IsPasswordChanged();
  if (mended) pacing_.OnNews();
  const bool may =
      pacing_.IsDue(now) || (asked_now && (mended || pacing_.MayWhenAsked(asker, now)));
  if (may && TryLogin()) return;
  if (kept_ != nullptr) return AskKept();
  if (failure_.has_value()) return Report(Failure());
  // Lost a moment ago, and too early for another login: the last word stands until then.
  if (!waiting_.empty()) {
    Report(CouldNotLook("CANNOT_PROBE", absl::StrCat(server_, ": no login is due yet")));
  }
}

// Its directory's other files call us too: a login that fails may cause such a call itself.
void MySqlProbe::OnPasswordChanged() {
  if (IsPasswordChanged()) LookWithNews();
}

// Since the last login, which failed.
bool MySqlProbe::IsPasswordChanged() const {
  return failure_.has_value() && !options_.password_file.empty() &&
         host::SecretFileStamp(options_.password_file) != password_stamp_;
}

// Something says that a login may end differently now: at once, or as soon as another may be.
void MySqlProbe::LookWithNews() {
  pacing_.OnNews();
  const MonoTime now = context_.clock.Mono();
  if (pacing_.IsDue(now)) return Look();
  news_timer_ = context_.loop.After(pacing_.next() - now, [this] { Look(); });
}

bool MySqlProbe::TryLogin() {
  const WallTime now = context_.clock.Now();
  if (!budget_->Take(now)) {
    next_try_ = budget_->NextFree(now);
    return false;
  }
  taken_ = last_tried_ = now;
  pacing_.OnTried(context_.clock.Mono());
  MySqlLookRequest request;
  request.login = options_.login;
  request.login.port = options_.endpoint.port;
  request.login.host =
      options_.login.tls == host::MySqlTls::kVerify ? options_.endpoint.host : address_.ToString();
  request.password_file = options_.password_file;
  if (!options_.password_file.empty()) {
    password_stamp_ = host::SecretFileStamp(options_.password_file);
  }
  request.password_env = options_.password_env;
  request.peer = server_;
  request.known = known_ = host::ConnectionsTo(server_);
  login_under_way_ = true;
  Submit(std::move(request));
  return true;
}

void MySqlProbe::AskKept() {
  MySqlLookRequest request;
  request.session = kept_;
  login_under_way_ = false;
  Submit(std::move(request));
}

void MySqlProbe::Submit(MySqlLookRequest request) {
  const MonoTime now = context_.clock.Mono();
  request.ask_status = login_under_way_ || now - status_asked_ >= kStatusEvery;
  request.ask_replica = request.ask_status && options_.limits.replica_lag.has_value();
  if (request.ask_status) status_asked_ = now;
  under_way_ = true;
  slow_ticks_ = 0;
  const Span tick{options_.login.timeout.ns * 3 / 4};
  slow_timer_ = context_.loop.Every(tick, tick, [this] { OnSlow(); });
  const std::weak_ptr<bool> alive = alive_;
  const auto asked = std::make_shared<MySqlLookRequest>(std::move(request));
  host::Loop& loop = context_.loop;
  const bool queued =
      context_.workers.Submit([this, alive, asked, &loop, generation = generation_] {
        const auto result = std::make_shared<MySqlLookResult>(LookAtMySql(std::move(*asked)));
        loop.Post([this, alive, result, generation] {
          if (alive.expired() || generation != generation_) return;
          OnLooked(std::move(*result));
        });
      });
  if (queued) return;
  under_way_ = false;
  slow_timer_.reset();
  if (login_under_way_) budget_->GiveBack(taken_);
  Report(CouldNotLook("CANNOT_PROBE", "the agent's workers are busy"));
}

void MySqlProbe::OnLooked(MySqlLookResult result) {
  under_way_ = false;
  slow_timer_.reset();
  if (login_under_way_) {
    if (result.session == nullptr) return OnLoginFailed(result);
    OnLoggedIn(result);
  }
  if (result.query_failure.failed()) return OnQueryFailed(result);
  health_ = KeepKnown(std::move(result.health), health_);
  WatchKept();
  if (failure_.has_value()) return Report(Failure());
  Report(JudgeMySql(health_, options_.limits, asked()));
}

void MySqlProbe::OnLoggedIn(MySqlLookResult& result) {
  budget_->GiveBack(taken_);
  pacing_.OnSuccess();
  failure_.reset();
  Drop(&hung_socket_);
  RetireKept();
  kept_ = std::move(result.session);
  kept_socket_.fd = std::move(result.socket);
}

void MySqlProbe::OnLoginFailed(const MySqlLookResult& result) {
  if (!result.password.ok()) {
    budget_->GiveBack(taken_);
    Drop(&hung_socket_);
    return Fail(CouldNotLook("PASSWORD_UNREADABLE", std::string(result.password.message())),
                MySqlPace::kSoon);
  }
  const MySqlMeaning meaning = MeaningOf(result.login_failure, asked());
  if (meaning.pace == MySqlPace::kEachLook) budget_->GiveBack(taken_);
  host::Fd socket = std::move(hung_socket_.fd);
  Drop(&hung_socket_);
  MySqlWay way;
  switch (result.login_failure.kind) {
    case host::MySqlFailureKind::kNoAnswer:
      way.acknowledged = host::IsAllAcknowledged(socket.get());
      HoldHung(std::move(socket));
      return AskDoor(result.login_failure, std::move(way));
    case host::MySqlFailureKind::kRefused:
      return AskDoor(result.login_failure, std::move(way));
    default:
      return Fail(DescribeMySqlFailure(result.login_failure, asked()), meaning.pace);
  }
}

void MySqlProbe::OnQueryFailed(const MySqlLookResult& result) {
  const host::MySqlFailure& failure = result.query_failure;
  if (!EndsSession(failure)) {
    WatchKept();
    return Report(DescribeMySqlFailure(failure, asked()));
  }
  if (failure.kind == host::MySqlFailureKind::kNoAnswer) {
    host::Fd socket = std::move(kept_socket_.fd);
    const MySqlWay way{.on_open_login = true,
                       .acknowledged = host::IsAllAcknowledged(socket.get())};
    RetireKept();
    HoldHung(std::move(socket));
    // As if a login had been tried: the next one would hang too, and count against this host.
    pacing_.OnTried(context_.clock.Mono());
    last_tried_ = context_.clock.Now();
    return AskDoor(failure, way);
  }
  RetireKept();
  if (login_under_way_) {
    return Fail(DescribeMySqlFailure(failure, asked()), MeaningOf(failure, asked()).pace);
  }
  // Only a login tells why.
  LookWithNews();
}

MySqlAsked MySqlProbe::asked() const {
  return {.server = server_,
          .user = options_.login.user,
          .database = options_.login.database,
          .timeout = options_.login.timeout};
}

void MySqlProbe::Report(Observation observation) {
  Stamp(context_.clock, &observation);
  context_.sink.Report(std::move(observation));
  std::vector<std::function<void()>> waiting;
  waiting.swap(waiting_);
  for (const std::function<void()>& done : waiting) done();
}

}  // namespace faultline::checks
