#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "agent/link/enroller_impl.h"
#include "common/log.h"

namespace faultline::link {
namespace {

constexpr Span kSaveAgain = Span::Seconds(60);

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
    token_stamp_ = options_.token_stamp();
    Wait(Step());
  }
}

Span EnrollerImpl::Step() {
  const std::shared_ptr<const Identity> present = Take();
  if (present == nullptr) return JoinAnew(std::nullopt);
  if (unsaved_.has_value()) Save();
  bool doubted = false;
  {
    MutexLock lock(mutex_);
    doubted = doubted_;
  }
  const Span left = UntilRenewal(renewal_, clock_.Now(), clock_.Mono());
  if (left > Span{} && !doubted) {
    Tell(unsaved_.has_value() ? Unsaved(*unsaved_) : Joined(*present));
    return unsaved_.has_value() ? std::min(left, kSaveAgain) : left;
  }
  const absl::Status renewed = Renew(*present);
  if (renewed.ok()) return Span{};
  if (IsDenied(renewed)) return JoinAnew(renewed);
  if (!std::exchange(renewal_told_, true) && !absl::IsCancelled(renewed)) {
    LogNotice(absl::StrCat("the certificate could not be renewed yet, which is tried again: ",
                           renewed.message()));
  }
  Tell(NotRenewed(*present, renewed, clock_.Now()));
  return IsPassing(renewed) ? Soon() : Slowly();
}

absl::Status EnrollerImpl::Renew(const Identity& present) {
  absl::StatusOr<HostKey> key = HostKey::Make();
  if (!key.ok()) return key.status();
  absl::StatusOr<Identity> renewed = client_.Renew(present, *std::move(key));
  if (!renewed.ok()) return renewed.status();
  LogInfo(absl::StrCat("the certificate was renewed: good until ",
                       FormatForPeople(renewed->life.not_after)));
  Adopt(*std::move(renewed));
  return absl::OkStatus();
}

// `refusal`: of a renewal. Where joining fails too, the renewal is tried again first: what was
// revoked may be allowed again.
Span EnrollerImpl::JoinAnew(const std::optional<absl::Status>& refusal) {
  JoinStep step = JoinStep::kToken;
  const absl::Status joined = Join(&step);
  if (joined.ok()) return Span{};
  {
    MutexLock lock(mutex_);
    doubted_ = refusal.has_value();
  }
  Tell(refusal.has_value() ? NotRejoined(*refusal, joined) : NotJoined(step, joined, damage_));
  return step == JoinStep::kCollector && IsPassing(joined) ? Soon() : Slowly();
}

absl::Status EnrollerImpl::Join(JoinStep* step) {
  const absl::StatusOr<host::Secret> text = options_.token();
  if (!text.ok()) return text.status();
  const absl::StatusOr<JoinToken> token = ParseJoinToken(text->value());
  if (!token.ok()) return token.status();
  *step = JoinStep::kCollector;
  const absl::StatusOr<ProvenAuthority> authority = client_.FindAuthority(*token);
  if (!authority.ok()) return authority.status();
  *step = JoinStep::kDisk;
  absl::StatusOr<HostKey> key = store_->JoiningKey();
  if (!key.ok()) return key.status();
  *step = JoinStep::kCollector;
  faultline::v1::EnrolRequest request;
  options_.describe(&request);
  request.set_host(options_.host);
  absl::StatusOr<Identity> identity =
      client_.Enrol(*authority, *token, *std::move(key), std::move(request));
  if (!identity.ok()) return identity.status();
  LogInfo(absl::StrCat("joined as ", identity->Uri(), " under the authority ",
                       authority->fingerprint, "; the certificate is good until ",
                       FormatForPeople(identity->life.not_after)));
  Adopt(*std::move(identity));
  return absl::OkStatus();
}

void EnrollerImpl::Adopt(Identity identity) {
  renewal_ = PlanRenewal(identity.life, Random(), clock_.Now(), clock_.Mono());
  {
    MutexLock lock(mutex_);
    identity_ = std::make_shared<const Identity>(std::move(identity));
    doubted_ = false;
  }
  backoff_.emplace(options_.min_backoff, options_.max_backoff);
  refusals_ = 0;
  renewal_told_ = false;
  damage_.clear();
  Save();
  listener_->OnCredentials();
}

void EnrollerImpl::Save() {
  unsaved_.reset();
  if (absl::Status saved = store_->Save(*Take()); !saved.ok()) unsaved_ = saved;
}

void EnrollerImpl::Tell(JoinState state) {
  {
    MutexLock lock(mutex_);
    if (stopping_ || (told_ && state == state_)) return;
    state_ = state;
  }
  told_ = true;
  if (!state.reason.empty()) LogWarning(absl::StrCat(state.reason, ": ", state.detail));
  listener_->OnJoinState(state);
}

// While something is wrong, another token ends it.
void EnrollerImpl::Wait(Span span) {
  while (span > Span{}) {
    Span slice = span;
    {
      MutexLock lock(mutex_);
      idle_ = state_.reason.empty();
      if (!idle_) slice = std::min(span, options_.token_look);
      const bool told = lock.WaitFor(changed_, std::chrono::nanoseconds(slice.ns),
                                     [this] { return stopping_ || woken_; });
      idle_ = false;
      if (told) return;
    }
    span.ns -= slice.ns;
    if (options_.token_stamp() != token_stamp_) return;
  }
}

}  // namespace faultline::link
