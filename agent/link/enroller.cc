#include "agent/link/enroller.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/link/enroller_impl.h"
#include "common/log.h"

namespace faultline::link {
namespace {

constexpr Span kDoubtAgain = Span::Seconds(600);

}  // namespace

std::shared_ptr<const Identity> EnrollerImpl::Present() {
  if (identity_ != nullptr && next_ != nullptr && clock_.Now() >= identity_->life.not_after) {
    identity_ = std::exchange(next_, nullptr);
  }
  return identity_;
}

void EnrollerImpl::LoadIdentity() {
  absl::StatusOr<Identity> loaded = store_->Load();
  if (!loaded.ok()) {
    if (!absl::IsNotFound(loaded.status())) damage_ = std::string(loaded.status().message());
    state_ = NotJoined(JoinStep::kCollector, absl::UnavailableError("not tried yet"), damage_);
    return;
  }
  renewal_ = PlanRenewal(loaded->life, Origin::kDisk, Random(), clock_.Now(), clock_.Mono());
  state_ = Joined(*loaded);
  const std::string kept =
      KeptAlthough(loaded->who, options_.applicant.host, options_.applicant.role);
  if (!kept.empty()) LogNotice(kept);
  identity_ = std::make_shared<const Identity>(*std::move(loaded));
}

absl::StatusOr<tls::PemFiles> EnrollerImpl::Credentials() {
  std::shared_ptr<const Identity> identity;
  {
    MutexLock lock(mutex_);
    identity = Present();
    if (identity == nullptr) return absl::UnavailableError(state_.detail);
    if (clock_.Now() >= identity->life.not_after) {
      // Where something is wrong already, its own pause counts.
      if (state_.reason.empty()) woken_ = true;
      changed_.notify_all();
      return absl::UnavailableError(absl::StrCat(
          state_.reason.empty() ? "the certificate has run out and is renewed first: " : "",
          state_.detail));
    }
  }
  const host::Secret key = identity->key.ToPem();
  return tls::PemFiles{.ca = identity->authorities,
                       .certificate = identity->chain,
                       .key = key.value(),
                       .leaf = nullptr};
}

void EnrollerImpl::Doubt() {
  MutexLock lock(mutex_);
  const MonoTime now = clock_.Mono();
  if (identity_ == nullptr || (heeded_from_.has_value() && now < *heeded_from_)) return;
  heeded_from_ = now + kDoubtAgain;
  doubted_ = woken_ = true;
  changed_.notify_all();
}

void EnrollerImpl::Trust() {
  MutexLock lock(mutex_);
  heeded_from_.reset();
}

std::unique_ptr<Enroller> Enroller::Make(EnrollerOptions options,
                                         std::unique_ptr<IdentityStore> store, const Clock& clock) {
  return std::make_unique<EnrollerImpl>(std::move(options), std::move(store), clock);
}

}  // namespace faultline::link
