#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "agent/host/secret_file.h"
#include "agent/link/enroller_impl.h"
#include "agent/link/join_token_file.h"
#include "common/log.h"

namespace faultline::link {
namespace {

constexpr Span kSaveAgain = Span::Seconds(60);
constexpr Span kClockLook = Span::Seconds(5);
constexpr Span kLogAgain = Span::Seconds(3600);
// A certificate of a host that has just joined and is refused all the same.
constexpr Span kDoubtAfterJoin = Span::Seconds(60);

bool IsDenied(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
}

}  // namespace

void EnrollerImpl::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      woken_ = false;
    }
    std::string stamp = host::SecretFileStamp(options_.token_file);
    // Who has written another token wants to know what became of it.
    if (stamp != token_stamp_) log_again_ = clock_.Mono();
    token_stamp_ = std::move(stamp);
    Wait(Step());
  }
}

Span EnrollerImpl::Step() {
  if (unsaved_.has_value()) Save();
  std::shared_ptr<const Identity> present;
  bool doubted = false;
  {
    MutexLock lock(mutex_);
    present = Present();
    doubted = doubted_;
  }
  if (present == nullptr) return JoinAnew(std::nullopt);
  const Span left = UntilRenewal(renewal_, clock_.Now(), clock_.Mono());
  if (left > Span{} && !doubted) return Rest(*present, left);
  const absl::Status renewed = Renew(*present, doubted);
  if (renewed.ok()) return Span{};
  if (IsDenied(renewed)) return JoinAnew(renewed);
  if (!std::exchange(renewal_told_, true) && !absl::IsCancelled(renewed)) {
    LogNotice(absl::StrCat("the certificate could not be renewed yet, which is tried again: ",
                           renewed.message()));
  }
  JoinState state = NotRenewed(*present, renewed, clock_.Now());
  if (state.reason.empty() && unsaved_.has_value()) state = Unsaved(*unsaved_);
  Tell(state);
  return Pause(JoinStep::kCollector, renewed);
}

Span EnrollerImpl::Rest(const Identity& present, Span left) {
  std::optional<Span> renewed_ago;
  // While a renewed one is not on disk, `present` is the one before it.
  if (renewed_at_.has_value() && !unsaved_.has_value()) renewed_ago = clock_.Mono() - *renewed_at_;
  if (const ClockTrouble trouble = JudgeClock(present.life, renewed_ago, clock_.Now());
      trouble != ClockTrouble::kNone) {
    Tell(ClockWrong(present, trouble));
    return std::min(left, kClockLook);
  }
  if (unsaved_.has_value()) {
    Tell(Unsaved(*unsaved_));
    return std::min(left, kSaveAgain);
  }
  Tell(Joined(present));
  return left;
}

absl::Status EnrollerImpl::Renew(const Identity& present, bool doubted) {
  absl::StatusOr<HostKey> key = HostKey::Make();
  if (!key.ok()) return key.status();
  absl::StatusOr<Identity> renewed = client_.Renew(present, *std::move(key));
  if (!renewed.ok()) return renewed.status();
  LogInfo(absl::StrCat("the certificate was renewed: good until ",
                       FormatForPeople(renewed->life.not_after)));
  // The one before is worth nothing where the collector refuses it.
  Adopt(*std::move(renewed), Origin::kRenewed, doubted);
  return absl::OkStatus();
}

// `refusal`: of a renewal. Where joining fails too, the renewal is tried again first: what was
// revoked may be allowed again.
Span EnrollerImpl::JoinAnew(const std::optional<absl::Status>& refusal) {
  JoinAttempt attempt =
      TryToJoin(ReadJoinToken(options_.token_file), options_.applicant, client_, *store_);
  if (attempt.identity.ok()) {
    LogInfo(absl::StrCat("joined as ", attempt.identity->Uri(), " under the authority ",
                         attempt.fingerprint, "; the certificate is good until ",
                         FormatForPeople(attempt.identity->life.not_after)));
    {
      MutexLock lock(mutex_);
      heeded_from_ = clock_.Mono() + kDoubtAfterJoin;
    }
    // Its key is on disk: asked for again, this certificate comes again.
    Adopt(*std::move(attempt.identity), Origin::kJoined, true);
    return Span{};
  }
  const absl::Status& failed = attempt.identity.status();
  {
    MutexLock lock(mutex_);
    doubted_ = refusal.has_value();
  }
  const Span pause = Pause(attempt.step, failed);
  Tell(refusal.has_value() ? NotRejoined(*refusal, failed)
                           : NotJoined(attempt.step, failed, damage_, clock_.Now() + pause));
  return pause;
}

void EnrollerImpl::Adopt(Identity identity, Origin origin, bool at_once) {
  renewal_ = PlanRenewal(identity.life, origin, Random(), clock_.Now(), clock_.Mono());
  renewed_at_.reset();
  if (origin == Origin::kRenewed) renewed_at_ = clock_.Mono();
  {
    MutexLock lock(mutex_);
    next_ = std::make_shared<const Identity>(std::move(identity));
    doubted_ = false;
  }
  backoff_.Reset();
  refusals_ = 0;
  renewal_told_ = false;
  damage_.clear();
  if (!Save() && at_once) UseNext();
}

bool EnrollerImpl::Save() {
  std::shared_ptr<const Identity> newest;
  {
    MutexLock lock(mutex_);
    newest = next_ != nullptr ? next_ : identity_;
  }
  unsaved_.reset();
  if (absl::Status saved = store_->Save(*newest); !saved.ok()) {
    unsaved_ = saved;
    return false;
  }
  UseNext();
  return true;
}

void EnrollerImpl::UseNext() {
  {
    MutexLock lock(mutex_);
    if (next_ == nullptr) return;
    identity_ = std::exchange(next_, nullptr);
  }
  listener_->OnCredentials();
}

// What anybody can say before the collector has proved itself, and a collector that asks to come
// later, do not make the pauses grow.
Span EnrollerImpl::Pause(JoinStep step, const absl::Status& status) {
  const bool is_answer = step == JoinStep::kProof || step == JoinStep::kCollector;
  const bool is_later = absl::IsResourceExhausted(status);
  if (is_answer && IsPassing(status) && !is_later) return backoff_.Next({}, Random());
  const bool grows = step != JoinStep::kProof && !(is_answer && is_later);
  if (grows) ++refusals_;
  if (step == JoinStep::kCollector && absl::IsAlreadyExists(status)) {
    return AfterNameTaken(refusals_, options_.min_refused, options_.max_refused, Random());
  }
  return AfterRefusal(grows ? refusals_ : 1, options_.min_refused, options_.max_refused, Random());
}

void EnrollerImpl::Tell(const JoinState& state) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
  }
  const MonoTime now = clock_.Mono();
  if (state.reason != logged_.reason ||
      (!state.reason.empty() && state.detail != logged_.detail && now >= log_again_)) {
    if (state.reason.empty()) {
      LogInfo(absl::StrCat(logged_.reason, " is over: ", state.detail));
    } else {
      LogWarning(absl::StrCat(state.reason, ": ", state.detail));
    }
    logged_ = state;
    log_again_ = now + kLogAgain;
  }
  {
    MutexLock lock(mutex_);
    if (told_ && state == state_) return;
    state_ = state;
  }
  told_ = true;
  listener_->OnJoinState(state);
}

// While something is wrong, another token ends it.
void EnrollerImpl::Wait(Span span) {
  while (span > Span{}) {
    Span slice = span;
    {
      MutexLock lock(mutex_);
      if (!state_.reason.empty()) slice = std::min(span, options_.token_look);
      const bool told = lock.WaitFor(changed_, std::chrono::nanoseconds(slice.ns),
                                     [this] { return stopping_ || woken_; });
      if (told) return;
    }
    span.ns -= slice.ns;
    if (host::SecretFileStamp(options_.token_file) != token_stamp_) return;
  }
}

}  // namespace faultline::link
