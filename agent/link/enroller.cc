#include "agent/link/enroller.h"

#include "absl/strings/str_cat.h"
#include "agent/link/enroller_impl.h"

namespace faultline::link {
namespace {

constexpr Span kDoubtAgain = Span::Seconds(600);

}  // namespace

std::shared_ptr<const Identity> EnrollerImpl::Take() {
  MutexLock lock(mutex_);
  return identity_;
}

void EnrollerImpl::LoadIdentity() {
  absl::StatusOr<Identity> loaded = store_->Load();
  if (!loaded.ok()) {
    if (!absl::IsNotFound(loaded.status())) damage_ = std::string(loaded.status().message());
    state_ = NotJoined(JoinStep::kCollector, absl::UnavailableError("not tried yet"), damage_);
    return;
  }
  renewal_ = PlanRenewal(loaded->life, Random(), clock_.Now(), clock_.Mono());
  state_ = Joined(*loaded);
  identity_ = std::make_shared<const Identity>(*std::move(loaded));
}

absl::StatusOr<tls::PemFiles> EnrollerImpl::Credentials() {
  std::shared_ptr<const Identity> identity;
  {
    MutexLock lock(mutex_);
    if (identity_ == nullptr) return absl::UnavailableError(state_.detail);
    identity = identity_;
    if (clock_.Now() >= identity->life.not_after) {
      if (idle_) woken_ = true;
      if (idle_) changed_.notify_all();
      return absl::UnavailableError(absl::StrCat(
          state_.reason.empty() ? "the certificate has run out and is renewed first: " : "",
          state_.detail));
    }
  }
  auto leaf = ParseDer(identity->leaf);
  if (!leaf.ok()) return leaf.status();
  const host::Secret key = identity->key.ToPem();
  return tls::PemFiles{.ca = identity->authorities,
                       .certificate = identity->chain,
                       .key = key.value(),
                       .leaf = *std::move(leaf)};
}

void EnrollerImpl::Doubt() {
  MutexLock lock(mutex_);
  const MonoTime now = clock_.Mono();
  if (identity_ == nullptr || (doubted_at_.has_value() && now < *doubted_at_ + kDoubtAgain)) return;
  doubted_at_ = now;
  doubted_ = woken_ = true;
  changed_.notify_all();
}

std::unique_ptr<Enroller> Enroller::Make(EnrollerOptions options,
                                         std::unique_ptr<IdentityStore> store, const Clock& clock) {
  return std::make_unique<EnrollerImpl>(std::move(options), std::move(store), clock);
}

}  // namespace faultline::link
